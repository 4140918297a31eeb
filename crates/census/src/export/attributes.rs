//! What an export says of each account.

use std::collections::HashMap;

use super::{Accounts, Options};
use crate::Result;
use crate::frame::Frame;
use crate::label::{Answer, Coded};
use crate::measure::{self, Measures};
use crate::rows::Micros;

/// What the study has found out.
pub(super) struct Known<'a> {
    pub(super) frame: &'a Frame,
    pub(super) coded: &'a Coded,
    /// The newest scores.
    pub(super) scores: Option<&'a [f64]>,
    pub(super) measures: Option<&'a Measures>,
}

/// Columns, one value for each account of the export.
pub(super) struct Attributes {
    pub(super) columns: Vec<Column>,
}

pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) values: Values,
}

pub(super) enum Values {
    Long(Vec<Option<i64>>),
    Real(Vec<f64>),
    Flag(Vec<Option<bool>>),
    Text(Vec<Option<String>>),
    Time(Vec<Option<Micros>>),
}

/// One of them, as text files have it.
pub(super) enum Value<'a> {
    None,
    /// Digits, letters and signs that mean nothing to any format.
    Plain(String),
    /// Anything.
    Text(&'a str),
}

impl Values {
    pub(super) fn get(&self, at: usize) -> Value<'_> {
        let plain = |text: Option<String>| text.map_or(Value::None, Value::Plain);
        match self {
            Values::Long(v) => plain(v[at].map(|n| n.to_string())),
            Values::Real(v) => plain(Some(v[at].to_string())),
            Values::Flag(v) => plain(v[at].map(|flag| flag.to_string())),
            Values::Time(v) => {
                plain(v[at].and_then(|t| jiff::Timestamp::from_microsecond(t).ok()).map(|t| t.to_string()))
            }
            Values::Text(v) => v[at].as_deref().map_or(Value::None, Value::Text),
        }
    }
}

fn words(answer: Answer) -> &'static str {
    match answer {
        Answer::Member => "member",
        Answer::Not => "not",
        Answer::Unsure => "unsure",
        Answer::CannotTell => "cannot tell",
    }
}

impl Attributes {
    /// Gathers what is known and wanted.
    pub(super) fn gather(accounts: &Accounts<'_>, known: &Known<'_>, options: &Options) -> Result<Self> {
        let (units, frame) = (&accounts.units, known.frame);
        let mut columns = Vec::new();
        let mut add = |name, values| columns.push(Column { name, values });
        let long = |value: &dyn Fn(usize) -> i64| Values::Long(units.iter().map(|u| Some(value(*u))).collect());
        add("wave", long(&|u| i64::from(frame.units[u].wave)));
        add("group_follows", long(&|u| i64::from(frame.units[u].group_follows)));
        if let Some(measures) = known.measures {
            let of: Vec<_> = units.iter().map(|u| measures.units()[*u].values()).collect();
            for (at, name) in measure::NAMES.into_iter().enumerate() {
                add(name, Values::Real(of.iter().map(|values| values[at]).collect()));
            }
        }
        if let Some(scores) = known.scores {
            add("score", Values::Real(units.iter().map(|u| scores[*u]).collect()));
        }
        let labels = units.iter().map(|u| known.coded.answers[*u].map(|answer| words(answer).to_owned()));
        add("coded_label", Values::Text(labels.collect()));
        let account = |u: &usize| frame.units[*u].account;
        if options.profiles {
            let all = &accounts.network.profiles;
            let of: Vec<_> = units.iter().map(|u| all.get(account(u)).unwrap_or_default()).collect();
            add("created_at", Values::Time(of.iter().map(|p| p.created_at).collect()));
            add("followers", Values::Long(of.iter().map(|p| p.followers).collect()));
            add("following", Values::Long(of.iter().map(|p| p.following).collect()));
            add("posts", Values::Long(of.iter().map(|p| p.posts).collect()));
            add("lang", Values::Text(of.iter().map(|p| p.lang.map(str::to_owned)).collect()));
            add("protected", Values::Flag(of.iter().map(|p| p.protected).collect()));
            add("bot", Values::Flag(of.iter().map(|p| p.bot).collect()));
            add("observed_at", Values::Time(of.iter().map(|p| p.observed_at).collect()));
        }
        if options.texts {
            let names = ["handle", "name", "description"];
            let places: HashMap<u32, usize> = units.iter().map(account).zip(0..).collect();
            let mut texts = names.map(|_| vec![None; units.len()]);
            let network = accounts.network;
            network.profiles.texts(&network.ids, &names, |profiles| {
                for (account, of) in profiles {
                    if let Some(place) = places.get(account) {
                        for (column, text) in texts.iter_mut().zip([of.handle, of.name, of.description]) {
                            column[*place] = text.map(str::to_owned);
                        }
                    }
                }
                Ok(())
            })?;
            names.into_iter().zip(texts).for_each(|(name, values)| add(name, Values::Text(values)));
        }
        Ok(Self { columns })
    }
}
