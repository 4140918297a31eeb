#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use super::*;

/// Each text of a language, and the arguments it asks for.
fn asked(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
    fn inline(of: &InlineExpression<&str>, to: &mut BTreeSet<String>) {
        match of {
            InlineExpression::VariableReference { id } => drop(to.insert(id.name.to_owned())),
            InlineExpression::Placeable { expression } => inner(expression, to),
            _ => (),
        }
    }
    fn inner(of: &Expression<&str>, to: &mut BTreeSet<String>) {
        match of {
            Expression::Inline(of) => inline(of, to),
            Expression::Select { selector, variants } => {
                inline(selector, to);
                variants.iter().for_each(|v| pattern(&v.value, to));
            }
        }
    }
    fn pattern(of: &Pattern<&str>, to: &mut BTreeSet<String>) {
        for element in &of.elements {
            if let PatternElement::Placeable { expression } = element {
                inner(expression, to);
            }
        }
    }
    let mut asked = BTreeMap::new();
    for file in lang.files() {
        for entry in fluent_syntax::parser::parse(file).unwrap().body {
            let Entry::Message(message) = entry else { continue };
            let mut add = |key: String, of: &Pattern<&str>| {
                let mut to = BTreeSet::new();
                pattern(of, &mut to);
                assert!(asked.insert(key.clone(), to).is_none(), "{key} is there twice");
            };
            if let Some(value) = &message.value {
                add(message.id.name.to_owned(), value);
            }
            message.attributes.iter().for_each(|a| add(format!("{}.{}", message.id.name, a.id.name), &a.value));
        }
    }
    asked
}

#[test]
fn every_language_says_everything_with_the_same_arguments() {
    let (en, ar) = (asked(Lang::En), asked(Lang::Ar));
    let missing: Vec<_> = en.keys().filter(|key| !ar.contains_key(*key)).collect();
    let surplus: Vec<_> = ar.keys().filter(|key| !en.contains_key(*key)).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "not in Arabic: {missing:?}; only in Arabic: {surplus:?}");
    // A plural form may do without the number ("one", "two"), but nothing may be asked for that is not given.
    for (key, args) in &ar {
        assert!(args.is_subset(&en[key]), "{key}: {args:?} in Arabic, {:?} in English", en[key]);
    }
    let arabic = |c: char| ('\u{0600}'..='\u{06FF}').contains(&c);
    let words = Lang::Ar.files().concat();
    assert!(words.chars().filter(|c| arabic(*c)).count() > words.len() / 8);
}

#[test]
fn arguments_are_no_markup_and_turn_nothing_around() {
    let texts = Texts::new(Lang::Ar, Digits::Western).unwrap();
    let hostile = Arg::Foreign("<b>\u{2069}</b>\u{2068}x".into());
    let line = texts.say("words-pair", &[("first", hostile), ("second", Arg::Number("1,980–2,950".into()))]).unwrap();
    assert!(line.0.contains(&Span::Foreign("<b></b>x".into())), "{line:?}");
    assert!(line.0.contains(&Span::Number("1,980–2,950".into())), "{line:?}");
    assert!(!line.0.iter().any(|s| matches!(s, Span::Strong(_))));
}

#[test]
fn plural_forms_and_digits() {
    let say = |lang, digits, n| {
        Texts::new(lang, digits)
            .unwrap()
            .plain("words-accounts", &[("n", Arg::Count(n))])
            .unwrap()
            .replace(|c| ('\u{2066}'..='\u{2069}').contains(&c), "")
    };
    assert_eq!(say(Lang::En, Digits::Western, 1), "1 account");
    assert_eq!(say(Lang::En, Digits::Western, 12_345), "12,345 accounts");
    let arabic = |n| say(Lang::Ar, Digits::ArabicIndic, n);
    assert_eq!(arabic(1), "حساب واحد");
    assert_eq!(arabic(2), "حسابان");
    assert_eq!(arabic(3), "٣ حسابات");
    assert_eq!(arabic(11), "١١ حسابًا");
    assert_eq!(arabic(100), "١٠٠ حساب");
    assert_eq!(arabic(102), "١٠٢ حساب");
    assert_eq!(arabic(103), "١٠٣ حسابات");
    assert_eq!(arabic(2_011), "٢٬٠١١ حسابًا");
    assert_eq!(say(Lang::Ar, Digits::Western, 12_345), "12,345 حسابًا");
    let texts = Texts::new(Lang::Ar, Digits::ArabicIndic).unwrap();
    assert_eq!(texts.number("1,980.5 %"), "١٬٩٨٠٫٥ ٪");
    assert_eq!(texts.number_in_text("19.8\u{A0}%"), "١٩٫٨٪", "nothing stands before the sign in Arabic");
    let coders = texts.plain("care-low-agreement-carried", &[]).unwrap();
    assert!(coders.contains("٠٫٦") && coders.contains("المُرمِّزون مختلفون."), "{coders}");
    // Looked at in a browser: without the marks the range stood there as 27–18, and the month as 09-2014.
    assert_eq!(texts.number("18–27"), "١٨\u{200E}–\u{200E}٢٧");
    assert_eq!(texts.number("2014-09"), "٢٠١٤\u{200E}-\u{200E}٠٩");
}

#[test]
fn what_is_not_there_is_a_bug() {
    let texts = Texts::new(Lang::En, Digits::Western).unwrap();
    assert_eq!(texts.say("nothing-of-the-kind", &[]).unwrap_err().kind(), crate::Kind::Bug);
    assert_eq!(texts.say("words-accounts", &[]).unwrap_err().kind(), crate::Kind::Bug);
    assert!(texts.has("words-pair") && !texts.has("words-pair.note"));
}

#[test]
fn marks_are_taken_apart() {
    let line = Line::parse("a <b>bold \u{2066}5\u{2069} word</b> and <code>x</code>");
    let spans = [
        Span::Plain("a ".into()),
        Span::Strong("bold ".into()),
        Span::StrongNumber("5".into()),
        Span::Strong(" word".into()),
        Span::Plain(" and ".into()),
        Span::Code("x".into()),
    ];
    assert_eq!(line.0, spans);
    assert_eq!(line.plain(), "a bold \u{2066}5\u{2069} word and x");
}
