//! What a crawl did not see. A census that leaves this out takes silence for absence: an account whose list was not
//! read does not "follow nobody", and one whose profile counts more follows than its list shows follows somebody whom
//! the server hides, most often because that account was taken down.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::work::Work;

/// The part of each table's answer that a crawl did not see, in numbers. The view `crawl_unseen` of `work.db` holds the
/// same account by account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// Accounts that the crawl knows.
    pub accounts: u64,
    /// Those whose list of follows was read to its end, and what it left out.
    pub read: Lists,
    /// Those whose list was not read, or not to its end, by reason: `too large`, `failed`, `not read yet`, `the list is
    /// hidden`, `a list whose cursor repeats` and the like.
    pub unread: BTreeMap<String, Lists>,
    /// Accounts of which nothing was seen, by status: `suspended`, `deactivated`, `deleted`, `never existed`, `vanished`,
    /// `not looked for yet`.
    pub gone: BTreeMap<String, u64>,
    /// Accounts whose posts could not be fetched.
    pub posts_failed: u64,
}

/// Lists of follows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists {
    /// Accounts.
    pub accounts: u64,
    /// Follows that their profiles count.
    pub counted: u64,
    /// Follows that their lists gave.
    pub visible: u64,
    /// Follows counted and not given, account by account.
    pub missing: u64,
    /// Accounts at which any are missing.
    pub incomplete: u64,
    /// Accounts whose list is empty although they are counted as following somebody.
    pub empty: u64,
}

/// What was not seen so far; nothing if there was no crawl.
pub fn unseen(work: &Work) -> Result<Option<Unseen>> {
    let mut query = work.db.prepare(
        "SELECT list, why, count(*), total(counted), total(visible),
                total(max(ifnull(counted - ifnull(visible, 0), 0), 0))
         FROM crawl_unseen GROUP BY list, why ORDER BY list, why",
    )?;
    let mut rows = query.query([])?;
    let mut unseen = Unseen::default();
    while let Some(row) = rows.next()? {
        let (list, why): (String, String) = (row.get(0)?, row.get(1)?);
        // Profiles claim what they like: sums in floating point cannot overflow.
        let whole = |i: usize| row.get::<_, f64>(i).map(|v| v as u64);
        let accounts: u64 = row.get(2)?;
        let in_whole = why == "seen";
        let lists = Lists {
            accounts,
            counted: whole(3)?,
            visible: whole(4)?,
            missing: whole(5)?,
            incomplete: if in_whole { 0 } else { accounts },
            empty: if why == "shown empty" { accounts } else { 0 },
        };
        unseen.accounts += accounts;
        match list.as_str() {
            "read" => unseen.read.add(&lists),
            "unread" => _ = unseen.unread.insert(why, lists),
            _ => _ = unseen.gone.insert(why, accounts),
        }
    }
    let failed = "SELECT count(*) FROM crawl_tasks WHERE kind = 4 AND state = 'failed'";
    unseen.posts_failed = work.db.query_row(failed, [], |r| r.get(0))?;
    Ok((unseen.accounts > 0).then_some(unseen))
}

impl Lists {
    fn add(&mut self, other: &Self) {
        self.accounts += other.accounts;
        self.counted = self.counted.saturating_add(other.counted);
        self.visible = self.visible.saturating_add(other.visible);
        self.missing = self.missing.saturating_add(other.missing);
        self.incomplete += other.incomplete;
        self.empty += other.empty;
    }
}
