//! What an instance says of itself: Mastodon's `instance`, and NodeInfo, which other software has as well.

use serde_json::Value;

use super::super::answers::text;

const LONGEST: usize = 200;

/// The facts of one instance, each as far as it is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::collect) struct Facts {
    pub(in crate::collect) instance: String,
    pub(in crate::collect) title: Option<String>,
    pub(in crate::collect) software: Option<String>,
    pub(in crate::collect) version: Option<String>,
    pub(in crate::collect) users: Option<i64>,
    pub(in crate::collect) active_month: Option<i64>,
    pub(in crate::collect) posts: Option<i64>,
    /// Whether anybody may open an account.
    pub(in crate::collect) open: Option<bool>,
}

impl Facts {
    /// Takes what `/api/v2/instance` or `/api/v1/instance` says and is not known yet; false if that is no such answer.
    pub(super) fn instance(&mut self, answer: &Value) -> bool {
        if !answer["version"].is_string() {
            return false;
        }
        take(&mut self.title, text(&answer["title"], LONGEST));
        take(&mut self.version, text(&answer["version"], LONGEST));
        take(&mut self.users, count(&answer["stats"]["user_count"]));
        take(&mut self.posts, count(&answer["stats"]["status_count"]));
        take(&mut self.active_month, count(&answer["usage"]["users"]["active_month"]));
        let registrations = &answer["registrations"];
        take(&mut self.open, registrations.as_bool().or_else(|| registrations["enabled"].as_bool()));
        true
    }

    /// Takes what a NodeInfo document says and is not known yet.
    pub(super) fn nodeinfo(&mut self, answer: &Value) {
        take(&mut self.software, text(&answer["software"]["name"], LONGEST));
        take(&mut self.version, text(&answer["software"]["version"], LONGEST));
        take(&mut self.users, count(&answer["usage"]["users"]["total"]));
        take(&mut self.active_month, count(&answer["usage"]["users"]["activeMonth"]));
        take(&mut self.posts, count(&answer["usage"]["localPosts"]));
        take(&mut self.open, answer["openRegistrations"].as_bool());
        take(&mut self.title, text(&answer["metadata"]["nodeName"], LONGEST));
    }
}

/// The address of the newest NodeInfo document that `/.well-known/nodeinfo` names.
pub(super) fn nodeinfo_address(answer: &Value) -> Option<&str> {
    let links = answer["links"].as_array()?;
    let known = links
        .iter()
        .filter(|link| link["rel"].as_str().is_some_and(|rel| rel.contains("nodeinfo.diaspora.software/ns/schema/")));
    known.max_by_key(|link| link["rel"].as_str())?["href"].as_str()
}

fn take<T>(known: &mut Option<T>, said: Option<T>) {
    if known.is_none() {
        *known = said;
    }
}

fn count(value: &Value) -> Option<i64> {
    value.as_i64().filter(|n| *n >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documented_facts() {
        let mut facts = Facts::default();
        let links = json!({"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": "https://one.test/nodeinfo/2.0"},
            {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": "https://one.test/nodeinfo/2.1"}, {"rel": "zzz", "href": "x"}, 5]});
        assert_eq!(nodeinfo_address(&links), Some("https://one.test/nodeinfo/2.1"));
        facts.nodeinfo(&json!({"version": "2.0", "software": {"name": "mastodon", "version": "4.3.0"}, "openRegistrations": false,
            "usage": {"users": {"total": 12, "activeMonth": 7, "activeHalfyear": 9}, "localPosts": 300}, "metadata": {"nodeName": "One"}}));
        assert!(facts.instance(&json!({"domain": "one.test", "title": "Another", "version": "4.3.0", "usage": {"users": {"active_month": 8}},
            "registrations": {"enabled": true, "approval_required": false}})));
        let want = Facts {
            title: Some("One".into()),
            software: Some("mastodon".into()),
            version: Some("4.3.0".into()),
            users: Some(12),
            active_month: Some(7),
            posts: Some(300),
            open: Some(false),
            ..Facts::default()
        };
        assert_eq!(facts, want);
        let mut older = Facts::default();
        assert!(older.instance(&json!({"uri": "one.test", "version": "3.5.3", "stats": {"user_count": 812303,
            "status_count": 38151616, "domain_count": 25255}, "registrations": true})));
        assert_eq!((older.users, older.open, older.software), (Some(812_303), Some(true), None));
    }

    #[test]
    fn strange_facts_are_none() {
        let mut facts = Facts::default();
        for answer in [json!(null), json!([]), json!({"version": 5}), json!({"error": "x"})] {
            assert!(!facts.instance(&answer));
            facts.nodeinfo(&answer);
            assert_eq!(nodeinfo_address(&answer), None);
        }
        facts.nodeinfo(&json!({"usage": {"users": {"total": -5, "activeMonth": "x"}}}));
        assert_eq!(facts, Facts::default());
    }
}
