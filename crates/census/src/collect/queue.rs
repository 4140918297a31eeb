//! The crawl's queue in `work.db`: what is to be fetched, what was, and the rows that wait to be sealed. One
//! transaction a page holds its rows and the cursor after it.

use std::collections::{HashMap, HashSet, VecDeque};

use rusqlite::{Connection, Transaction, named_params, params};

use super::answers::{Page, Rejected};
use super::fetch::Source;
use super::labels::{self, Label};
use super::mastodon::answers::Here;
use super::mastodon::facts::Facts;
use super::mastodon::names;
use super::whole::Whole;
use crate::rows::{Account, Follow, Post, Status};
use crate::study::{Platform, Settings};
use crate::tables::Table;
use crate::{Error, Result};

mod statements;

use statements::{
    IN_SIZE, add, advance, cut, end_early, keep, leads_back, lengthen, member, plan, set_status, sizes, update,
};
pub(super) use statements::{
    Rows, count, fetched, join, lists, looked_for, note_rejected, pauses, raise, seed_accounts, servers, set_count,
    set_pauses,
};

/// Tasks read from the queue at a time.
const BUFFER: usize = 1000;
/// Pages are longer than this, as a rule: AppViews give 100 rows, Mastodon 80, others less.
const SHORT_PAGE: u64 = 40;
/// Pages beyond what the counts explain: pages can be short or empty.
const SPARE_PAGES: u64 = 20;
/// How often a page is fetched again whose cursor leads back to where the list has been.
const LOOPS: u32 = 3;

/// What is fetched for an account. The order is the order of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The DID of a seed's handle.
    Resolve,
    /// The profile, 25 at a time.
    Profile,
    /// Why there is no profile.
    Lookup,
    /// One page of who is followed.
    Follows,
    /// Recent posts.
    Posts,
    /// What an instance says of itself.
    Server,
    /// One page of the accounts that a seed names.
    Group,
    /// What labelers say of it, several accounts at a time.
    Labels,
}

impl Kind {
    pub(super) const ALL: [Kind; 8] = [
        Kind::Resolve,
        Kind::Profile,
        Kind::Lookup,
        Kind::Follows,
        Kind::Posts,
        Kind::Server,
        Kind::Group,
        Kind::Labels,
    ];

    pub(super) fn name(self) -> &'static str {
        ["resolve", "profile", "lookup", "follows", "posts", "server", "group", "labels"][self as usize]
    }

    pub(super) fn of(number: i64) -> Result<Self> {
        let kind = usize::try_from(number).ok().and_then(|i| Self::ALL.get(i));
        kind.copied().ok_or_else(|| Error::data(format!("work.db holds a task of an unknown kind ({number})")))
    }
}

/// One thing to fetch: for follows, one page of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) kind: Kind,
    pub(super) account: String,
    pub(super) cursor: Option<String>,
    pub(super) pages: u64,
    /// By which the account's own server calls it, where that is not its id.
    pub(super) number: Option<String>,
    /// How many it follows by its profile, and how much it posted.
    pub(super) following: Option<i64>,
    pub(super) posts: Option<i64>,
}

/// What was found out for a task, or for several profile tasks at once.
#[derive(Debug)]
pub(super) enum Found {
    /// The account that a seed names, or why there is none.
    Seed(Result<String, String>),
    /// Profiles; accounts asked for and not among them have to be looked up one by one.
    Profiles(Vec<Account>),
    /// Why an account has no profile.
    Gone(Status),
    /// A page of follows.
    Follows(Page<Follow>),
    /// A page of posts.
    Posts(Page<Post>),
    /// All follows and the latest posts, out of the account's repository.
    Whole(Box<Whole>),
    /// A page of the accounts that a seed names.
    Members(Page<String>),
    /// What labelers say.
    Labels(Vec<Label>),
    /// An account that had a profile and now answers no longer.
    Left,
    /// An account that its own server shows.
    Here(Box<Here>),
    /// An account that follows somebody, and whose list is shown empty.
    Hidden(Box<Account>),
    /// What an instance says of itself.
    Server(Box<Facts>),
}

/// The queue of one study.
pub(super) struct Queue<'a> {
    db: &'a Connection,
    settings: &'a Settings,
    buffer: VecDeque<Task>,
    out: HashSet<(Kind, String)>,
    /// How often in a row a list's next page led back.
    loops: HashMap<(Kind, String), u32>,
    /// Rows that wait to be sealed.
    pub(super) pending: u64,
    /// How often tasks were read from the queue.
    pub(super) refilled: u64,
}

impl<'a> Queue<'a> {
    /// Opens the queue; what failed before is tried again.
    pub(super) fn open(db: &'a Connection, settings: &'a Settings) -> Result<Self> {
        db.execute("UPDATE crawl_tasks SET state = 'ready', reason = NULL WHERE state = 'failed'", [])?;
        let pending = db.query_row("SELECT count(*) FROM crawl_pending", [], |r| r.get(0))?;
        Ok(Self {
            db,
            settings,
            buffer: VecDeque::new(),
            out: HashSet::new(),
            loops: HashMap::new(),
            pending,
            refilled: 0,
        })
    }

    /// Adds seeds: ids as accounts of wave 0, handles to be resolved.
    pub(super) fn seeds(&self, seeds: &[String], source: &Source) -> Result<()> {
        let tx = self.db.unchecked_transaction()?;
        for seed in seeds {
            let group = super::group::is_group(seed)?;
            if let (Source::Mastodon(servers), false) = (source, group) {
                let account = names::seed(seed).filter(|id| servers.asks(id));
                let detail = account.is_none().then_some("not of the form name@instance, or of an instance not asked");
                let mut insert = tx.prepare_cached(
                    "INSERT INTO crawl_seeds (seed, account, detail) VALUES (?1, ?2, ?3)
                     ON CONFLICT (seed) DO UPDATE SET account = excluded.account, detail = excluded.detail",
                )?;
                insert.execute(params![seed, account, detail])?;
                account.iter().try_for_each(|id| join(&tx, id, 0))?;
            } else if super::answers::is_did(seed) {
                tx.execute("INSERT OR IGNORE INTO crawl_seeds (seed, account) VALUES (?1, ?1)", [seed])?;
                join(&tx, seed, 0)?;
            } else {
                tx.execute("INSERT OR IGNORE INTO crawl_seeds (seed) VALUES (?1)", [seed])?;
                add(&tx, if group { Kind::Group } else { Kind::Resolve }, seed)?;
            }
        }
        if let Source::Mastodon(servers) = source {
            servers.instances().try_for_each(|instance| add(&tx, Kind::Server, instance))?;
        }
        Ok(tx.commit()?)
    }

    /// Adds accounts of a wave; one that is in keeps the earlier wave.
    pub(super) fn accounts<'s>(&self, wave: u32, ids: impl Iterator<Item = &'s str>) -> Result<()> {
        let tx = self.db.unchecked_transaction()?;
        for id in ids {
            join(&tx, id, wave)?;
        }
        Ok(tx.commit()?)
    }

    /// Queues what the settings want of every account, and is not queued yet.
    pub(super) fn plan(&self) -> Result<()> {
        let tx = self.db.unchecked_transaction()?;
        tx.execute(
            "INSERT OR IGNORE INTO crawl_tasks (kind, account) SELECT ?1, id FROM crawl_accounts WHERE status IS NULL",
            [Kind::Profile as i64],
        )?;
        plan(&tx, self.settings, None)?;
        if !self.settings.collect.labelers.is_empty() && self.settings.platform == Platform::Atproto {
            let all = "INSERT OR IGNORE INTO crawl_tasks (kind, account) SELECT ?1, id FROM crawl_accounts";
            tx.execute(all, [Kind::Labels as i64])?;
        }
        Ok(tx.commit()?)
    }

    /// The accounts up to `wave` whose follows count towards the next one.
    pub(super) fn expanding(&self, wave: u32) -> Result<HashSet<String>> {
        let sql = format!("SELECT id FROM crawl_accounts WHERE wave <= :wave AND {IN_SIZE}");
        let (followers, following) = sizes(self.settings);
        let mut query = self.db.prepare(&sql)?;
        let ids = query
            .query_map(named_params! {":wave": wave, ":followers": followers, ":following": following}, |r| r.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// The next task that nobody works on. A follow list in hand comes before others are begun.
    pub(super) fn next(&mut self) -> Result<Option<Task>> {
        if self.buffer.is_empty() {
            self.refill()?;
        }
        let task = self.free().and_then(|at| self.buffer.remove(at));
        self.out.extend(task.iter().map(|t| (t.kind, t.account.clone())));
        Ok(task)
    }

    /// Where the first task stands that may begin. With many hosts none may take all the fetchers: while one asks for a
    /// pause, the others go on.
    fn free(&self) -> Option<usize> {
        if self.settings.platform != Platform::Mastodon {
            return (!self.buffer.is_empty()).then_some(0);
        }
        let most =
            if self.settings.mastodon.instances == ["*"] { 4 } else { self.settings.mastodon.instances.len().min(4) };
        let most = self.settings.collect.concurrency.div_ceil(most.max(1));
        let mut busy = HashMap::<&str, usize>::new();
        self.out.iter().for_each(|(_, account)| *busy.entry(names::instance_of(account)).or_default() += 1);
        self.buffer.iter().position(|t| busy.get(names::instance_of(&t.account)).is_none_or(|n| *n < most))
    }

    /// The next task if it is of this kind.
    pub(super) fn next_of(&mut self, kind: Kind) -> Result<Option<Task>> {
        if self.buffer.front().is_some_and(|t| t.kind == kind) { self.next() } else { Ok(None) }
    }

    fn refill(&mut self) -> Result<()> {
        self.refilled += 1;
        let mut query = self.db.prepare_cached(
            "SELECT kind, account, cursor, pages, number, following, posts
             FROM crawl_tasks LEFT JOIN crawl_accounts ON id = account
             WHERE state = 'ready' ORDER BY kind, account LIMIT ?1",
        )?;
        let mut rows = query.query([BUFFER + self.out.len()])?;
        while let Some(row) = rows.next()? {
            let task = Task {
                kind: Kind::of(row.get(0)?)?,
                account: row.get(1)?,
                cursor: row.get(2)?,
                pages: row.get(3)?,
                number: row.get(4)?,
                following: row.get(5)?,
                posts: row.get(6)?,
            };
            if !self.out.contains(&(task.kind, task.account.clone())) {
                self.buffer.push_back(task);
            }
        }
        Ok(())
    }

    /// How many tasks there are, and how many of them are finished.
    pub(super) fn extent(&self) -> Result<(u64, u64)> {
        let sql = "SELECT count(*), ifnull(sum(state != 'ready'), 0) FROM crawl_tasks";
        Ok(self.db.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?)))?)
    }

    /// Commits what was found for `tasks`; returns how many of them are finished by it.
    pub(super) fn commit(&mut self, tasks: &[Task], found: Found, rejected: &[Rejected]) -> Result<u64> {
        let cursor = match &found {
            Found::Follows(page) => page.cursor.as_deref(),
            Found::Members(page) => page.cursor.as_deref(),
            _ => None,
        };
        if let [task] = tasks
            && self.again(task, cursor)?
        {
            return Ok(0);
        }
        let whole = matches!(found, Found::Whole(_)).then(|| tasks[0].account.clone());
        let tx = self.db.unchecked_transaction()?;
        let mut rows = Rows { tx: &tx, written: 0 };
        let mut next = None;
        match (found, tasks) {
            (Found::Profiles(found), tasks) => self.profiles(&tx, &mut rows, found, tasks)?,
            (Found::Labels(found), _) => labels::keep(&tx, &found)?,
            (Found::Seed(seed), [task]) => self.seed(&tx, &mut rows, task, seed)?,
            (Found::Gone(status), [task]) => {
                set_status(&tx, &task.account, &status.status)?;
                rows.add(Table::Statuses, &status)?;
            }
            (Found::Follows(page), [task]) => {
                page.rows.iter().try_for_each(|f| rows.add(Table::Follows, f))?;
                raise(&tx, "follows", page.rows.len())?;
                lengthen(&tx, task, page.rows.len())?;
                next = self.after(task, page.cursor, &tx)?;
                page.cut.iter().try_for_each(|why| cut(&tx, task, why))?;
            }
            (Found::Posts(page), [task]) => {
                page.rows.iter().try_for_each(|p| rows.add(Table::Posts, p))?;
                raise(&tx, "posts", page.rows.len())?;
                debug_assert_eq!(task.kind, Kind::Posts);
            }
            (Found::Whole(whole), [task]) => self.whole(&tx, &mut rows, task, &whole)?,
            (Found::Members(page), [task]) => {
                page.rows.iter().try_for_each(|id| member(&tx, &task.account, id))?;
                page.rejected.iter().try_for_each(|r| note_rejected(&tx, r))?;
                lengthen(&tx, task, page.rows.len())?;
                next = self.after(task, page.cursor, &tx)?;
                page.cut.iter().try_for_each(|why| cut(&tx, task, why))?;
            }
            (Found::Left, [task]) => {
                end_early(&tx, task, "the account answered no longer")?;
                add(&tx, Kind::Lookup, &task.account)?;
            }
            (Found::Here(here), [_]) => self.here(&tx, &mut rows, &here)?,
            (Found::Hidden(account), [_]) => {
                rows.add(Table::Accounts, &account)?;
                update(&tx, &account)?;
            }
            (Found::Server(facts), [_]) => keep(&tx, &facts)?,
            _ => return Err(Error::bug("a single answer came for several tasks")),
        }
        rejected.iter().try_for_each(|r| note_rejected(&tx, r))?;
        for task in tasks {
            let cursor = next.as_ref().map(|t: &Task| t.cursor.as_deref());
            advance(&tx, task, cursor.unwrap_or(None), next.is_none())?;
        }
        let written = rows.written;
        tx.commit()?;
        self.pending += written;
        self.release(tasks);
        let finished = if next.is_some() { 0 } else { tasks.len() as u64 };
        if let (Some(account), [_]) = (&whole, tasks) {
            self.buffer.retain(|task| task.kind != Kind::Posts || task.account != *account);
        }
        // A list in hand is followed to its end first.
        if let Some(task) = next {
            self.buffer.push_front(task);
        }
        Ok(finished)
    }

    /// Marks tasks as failed until the next `collect`.
    pub(super) fn fail(&mut self, tasks: &[Task], reason: &str) -> Result<()> {
        let tx = self.db.unchecked_transaction()?;
        for task in tasks {
            tx.execute(
                "UPDATE crawl_tasks SET state = 'failed', reason = ?3 WHERE kind = ?1 AND account = ?2",
                params![task.kind as i64, task.account, reason],
            )?;
        }
        tx.commit()?;
        self.release(tasks);
        Ok(())
    }

    /// Tasks that nobody works on any more.
    pub(super) fn release(&mut self, tasks: &[Task]) {
        for task in tasks {
            self.out.remove(&(task.kind, task.account.clone()));
        }
    }

    fn seed(&self, tx: &Transaction<'_>, rows: &mut Rows<'_>, task: &Task, seed: Result<String, String>) -> Result<()> {
        let (account, detail) = match &seed {
            Ok(account) => (Some(account.as_str()), None),
            Err(detail) => (None, Some(detail.as_str())),
        };
        tx.execute(
            "UPDATE crawl_seeds SET account = ?2, detail = ?3 WHERE seed = ?1",
            params![task.account, account, detail],
        )?;
        match seed {
            Ok(account) => {
                join(tx, &account, 0)?;
                add(tx, Kind::Profile, &account)
            }
            // A list that is not there is no account.
            Err(_) if task.kind == Kind::Group => Ok(()),
            Err(detail) => rows.add(
                Table::Statuses,
                &Status {
                    account: task.account.clone(),
                    status: "vanished".into(),
                    at: Some(super::now()),
                    source: Some("appview and pds".into()),
                    detail: Some(detail),
                },
            ),
        }
    }

    fn profiles(&self, tx: &Transaction<'_>, rows: &mut Rows<'_>, found: Vec<Account>, tasks: &[Task]) -> Result<()> {
        let mut missing: HashSet<&str> = tasks.iter().map(|t| t.account.as_str()).collect();
        for account in &found {
            missing.remove(account.id.as_str());
            rows.add(Table::Accounts, account)?;
            rows.add(
                Table::Statuses,
                &Status {
                    account: account.id.clone(),
                    status: "active".into(),
                    at: account.observed_at,
                    source: Some("appview".into()),
                    detail: None,
                },
            )?;
            update(tx, account)?;
            plan(tx, self.settings, Some(&account.id))?;
        }
        missing.into_iter().try_for_each(|id| add(tx, Kind::Lookup, id))
    }

    /// A repository ends the list of follows, and that of posts unless it is being fetched already.
    fn whole(&self, tx: &Transaction<'_>, rows: &mut Rows<'_>, task: &Task, whole: &Whole) -> Result<()> {
        whole.follows.iter().try_for_each(|f| rows.add(Table::Follows, f))?;
        raise(tx, "follows", whole.follows.len())?;
        lengthen(tx, task, whole.follows.len())?;
        let sql = "UPDATE crawl_tasks SET source = 'repository' WHERE kind = ?1 AND account = ?2";
        tx.execute(sql, params![task.kind as i64, task.account])?;
        let posts = (Kind::Posts as i64, &task.account);
        let waits = "state = 'ready' AND kind = ?1 AND account = ?2";
        let taken = self.out.contains(&(Kind::Posts, task.account.clone()));
        if !taken
            && tx.execute(
                &format!("UPDATE crawl_tasks SET state = 'done', source = 'repository' WHERE {waits}"),
                posts,
            )? == 1
        {
            whole.posts.iter().try_for_each(|p| rows.add(Table::Posts, p))?;
            raise(tx, "posts", whole.posts.len())?;
        }
        Ok(())
    }

    fn here(&self, tx: &Transaction<'_>, rows: &mut Rows<'_>, here: &Here) -> Result<()> {
        rows.add(Table::Accounts, &here.account)?;
        rows.add(Table::Statuses, &here.status)?;
        update(tx, &here.account)?;
        tx.execute("UPDATE crawl_accounts SET number = ?2 WHERE id = ?1", params![here.account.id, here.number])?;
        plan(tx, self.settings, Some(&here.account.id))
    }

    /// Whether a page is to be fetched again because its cursor leads back to where the list has been: a host's slip of
    /// the moment must not end a list. Nothing of the page is kept.
    fn again(&mut self, task: &Task, cursor: Option<&str>) -> Result<bool> {
        let key = (task.kind, task.account.clone());
        match cursor {
            Some(cursor) if leads_back(self.db, task, cursor)? => {
                let loops = self.loops.entry(key).or_default();
                *loops += 1;
                if *loops > LOOPS {
                    return Ok(false);
                }
                self.release(std::slice::from_ref(task));
                self.buffer.push_front(task.clone());
                Ok(true)
            }
            _ => {
                self.loops.remove(&key);
                Ok(false)
            }
        }
    }

    /// The task for the page after this one. Only a missing cursor ends a list; one that leads back, or pages without
    /// end, are a host's fault and cut it short.
    fn after(&self, task: &Task, cursor: Option<String>, tx: &Transaction<'_>) -> Result<Option<Task>> {
        let most = self.settings.collect.max_following / SHORT_PAGE + SPARE_PAGES;
        let fault = match cursor {
            None => None,
            Some(cursor) if leads_back(tx, task, &cursor)? => Some("a list whose cursor repeats"),
            Some(_) if task.pages + 1 >= most => Some("a list that does not end"),
            Some(cursor) => {
                let mut insert =
                    tx.prepare_cached("INSERT INTO crawl_cursors (kind, account, cursor) VALUES (?1, ?2, ?3)")?;
                insert.execute(params![task.kind as i64, task.account, cursor])?;
                return Ok(Some(Task { cursor: Some(cursor), pages: task.pages + 1, ..task.clone() }));
            }
        };
        tx.execute(
            "DELETE FROM crawl_cursors WHERE kind = ?1 AND account = ?2",
            params![task.kind as i64, task.account],
        )?;
        if let Some(reason) = fault {
            cut(tx, task, reason)?;
        }
        Ok(None)
    }
}
