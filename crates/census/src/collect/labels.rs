//! What labelers say of accounts, by `com.atproto.label.queryLabels`. A label is an opinion of whoever gives it: it is
//! kept with its source, and no step takes it for the truth. Signatures are not checked; that it comes from the labeler
//! is as sure as the HTTPS it came by.

use std::collections::HashSet;

use rusqlite::{Transaction, params};
use serde_json::Value;

use super::answers::{self, Page, Rejected, is_did};
use super::fetch::{Hosts, strange};
use super::queue::{Found, Task};
use super::xrpc::{Client, Failure};
use crate::Result;

/// Accounts that a call asks about.
pub(super) const ACCOUNTS: usize = 25;
/// Labels a page holds at most, and pages read of one labeler about those accounts.
const LIMIT: &str = "250";
const PAGES: usize = 20;
const LONGEST_VALUE: usize = 128;
const LONGEST_TIME: usize = 64;

/// One labeler's word on one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Label {
    source: String,
    account: String,
    value: String,
    at: String,
    expires: Option<String>,
    negated: bool,
}

/// Asks every labeler of the study about the tasks' accounts.
pub(super) async fn fetch(
    client: &Client,
    hosts: &Hosts,
    tasks: &[Task],
    rejected: &mut Vec<Rejected>,
) -> Result<Found, Failure> {
    let method = "com.atproto.label.queryLabels";
    let accounts: HashSet<&str> = tasks.iter().map(|t| t.account.as_str()).collect();
    let mut found = Vec::new();
    for labeler in &hosts.labelers {
        let mut cursor: Option<String> = None;
        for page in 1.. {
            let mut query: Vec<_> = tasks.iter().map(|t| ("uriPatterns", t.account.as_str())).collect();
            query.push(("limit", LIMIT));
            query.extend(cursor.iter().map(|c| ("cursor", c.as_str())));
            let answer = client.call(labeler, method, &query).await?;
            let mut next = read(&answer, &accounts).map_err(|()| strange(method))?;
            rejected.append(&mut next.rejected);
            let empty = next.rows.is_empty();
            found.append(&mut next.rows);
            // An endless list, or one that goes in circles, is left where it is.
            if next.cursor.is_none() || empty || next.cursor == cursor {
                break;
            }
            if page == PAGES {
                rejected.push(Rejected { reason: "labels that do not end", example: labeler.clone() });
                break;
            }
            cursor = next.cursor;
        }
    }
    Ok(Found::Labels(found))
}

/// The labels of a page that are about these accounts as such; those about their posts are others' matter.
fn read(answer: &Value, accounts: &HashSet<&str>) -> Result<Page<Label>, ()> {
    let mut page = Page { cursor: answers::cursor(answer)?, ..Page::default() };
    for item in answer["labels"].as_array().ok_or(())? {
        match label(item) {
            Some(label) if accounts.contains(label.account.as_str()) => page.rows.push(label),
            Some(_) => (),
            None => page.rejected.push(answers::reject("a label without source, account, value or time", item)),
        }
    }
    Ok(page)
}

fn label(item: &Value) -> Option<Label> {
    let text = |key: &str, longest: usize| {
        item[key].as_str().filter(|t| !t.is_empty() && t.len() <= longest).map(str::to_owned)
    };
    Some(Label {
        source: text("src", LONGEST_VALUE * 2).filter(|src| is_did(src))?,
        account: text("uri", 1024)?,
        value: text("val", LONGEST_VALUE)?,
        at: text("cts", LONGEST_TIME)?,
        expires: text("exp", LONGEST_TIME),
        negated: item["neg"] == true,
    })
}

/// The labeler whose latest word on an account is that it took it down.
pub(super) fn taken_down_by(labels: &[Label], account: &str) -> Option<String> {
    let about = labels.iter().filter(|l| l.account == account && l.value == "!takedown");
    let mut latest = std::collections::BTreeMap::<&str, &Label>::new();
    for label in about {
        let kept = latest.entry(&label.source).or_insert(label);
        if label.at >= kept.at {
            *kept = label;
        }
    }
    latest.into_values().find(|l| !l.negated).map(|l| l.source.clone())
}

/// Keeps labels; of two words of one labeler the later one counts.
pub(super) fn keep(tx: &Transaction<'_>, labels: &[Label]) -> Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO crawl_labels (source, account, value, at, expires, negated) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (source, account, value) DO UPDATE SET
             at = excluded.at, expires = excluded.expires, negated = excluded.negated WHERE excluded.at >= at",
    )?;
    for l in labels {
        insert.execute(params![l.source, l.account, l.value, l.at, l.expires, l.negated])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_of_accounts_asked_for() {
        let label = |uri: &str, neg: bool| json!({"src": "did:plc:mod", "uri": uri, "val": "spam", "cts": "2026-01-01T00:00:00Z", "neg": neg});
        let answer = json!({"cursor": "2", "labels": [label("did:plc:a", false), label("did:plc:b", true),
            label("at://did:plc:a/app.bsky.feed.post/1", false), {"val": "spam"}, {"src": "mod", "uri": "did:plc:a"}]});
        let page = read(&answer, &["did:plc:a", "did:plc:c"].into()).unwrap();
        assert_eq!((page.rows.len(), page.rejected.len(), page.cursor.as_deref()), (1, 2, Some("2")));
        assert!(!page.rows[0].negated);
        assert!(read(&json!({"labels": 1}), &HashSet::new()).is_err());
    }

    #[test]
    fn a_takedown_that_was_lifted_is_none() {
        let label = |source: &str, at: &str, negated| Label {
            source: source.into(),
            account: "did:plc:a".into(),
            value: "!takedown".into(),
            at: at.into(),
            expires: None,
            negated,
        };
        let by = |labels: &[Label]| taken_down_by(labels, "did:plc:a");
        assert_eq!(by(&[label("m", "1", false)]).as_deref(), Some("m"));
        assert_eq!(by(&[label("m", "1", false), label("m", "2", true)]), None);
        assert_eq!(by(&[label("m", "1", false), label("m", "2", true), label("n", "1", false)]).as_deref(), Some("n"));
        assert_eq!(taken_down_by(&[label("m", "1", false)], "did:plc:b"), None);
    }
}
