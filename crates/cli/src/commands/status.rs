use clap::Args;
use netcensus::Result;
use netcensus::collect::Unseen;
use netcensus::run::STEPS;
use netcensus::tables::Table;

use super::Which;
use crate::ui::{self, Ui};

/// Show where a study stands, and what is due
#[derive(Args)]
pub(crate) struct Status {
    #[command(flatten)]
    which: Which,
}

impl Status {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let status = self.which.with(ui, |c| c.status())?;
        ui.result(&status, || {
            let mut text = format!("{}\n\nrows", status.name);
            for table in Table::ALL.map(Table::name) {
                text += &format!("\n  {table:<10} {:>12}", ui::count(status.tables[table] as f64));
            }
            if let Some(crawl) = &status.crawl {
                text += &format!("\n\ncrawl: wave {}, {} requests", crawl.wave, ui::count(crawl.requests as f64));
                if crawl.not_fetched > 0 {
                    let passed = ui::count(crawl.not_fetched as f64);
                    text += &format!(
                        "\n  {passed} accounts within the frame's waves were seen and not fetched (best-first)"
                    );
                }
                for tasks in &crawl.tasks {
                    text += &format!("\n  {:<10} {:<8} {:>12}", tasks.kind, tasks.state, ui::count(tasks.count as f64));
                }
                if crawl.repositories > 0 {
                    let lists = ui::count(crawl.repositories as f64);
                    text += &format!(
                        "\n  {lists} lists of follows out of repositories, which keep those of accounts that are gone"
                    );
                }
            }
            if let Some(stream) = &status.stream {
                text += &super::stream::words(stream);
            }
            if let Some(elsewhere) = status.crawl.as_ref().map(|c| c.elsewhere).filter(|n| *n > 0) {
                text +=
                    &format!("\n  {} accounts reached on instances that are not asked", ui::count(elsewhere as f64));
            }
            if let Some(servers) = status.crawl.as_ref().map(|c| &c.servers).filter(|s| !s.is_empty()) {
                text += "\n\ninstances";
                let number = |n: Option<u64>| n.map_or_else(|| "?".into(), |n| ui::count(n as f64));
                for server in servers {
                    let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".into());
                    let (software, version) = (word(&server.software), word(&server.version));
                    let (users, posts) = (number(server.users), number(server.posts));
                    text += &format!("\n  {}: {software} {version}, {users} accounts, {posts} posts", server.instance);
                }
            }
            if let Some(unseen) = &status.unseen {
                text += &not_seen(unseen);
            }
            if let Some(hidden) = &status.hidden {
                text += &super::watch::hidden_words(hidden);
            }
            if let Some(watch) = &status.watch {
                text += &super::watch::words(watch);
            }
            text += "\n\nsteps";
            for step in STEPS {
                text += &format!("\n  {step:<10} {}", status.steps[step]);
            }
            text + &format!("\n\nlabels: {} of {} drawn accounts have none", status.outstanding, status.drawn)
        })
    }
}

/// What the crawl did not see, a line each.
fn not_seen(unseen: &Unseen) -> String {
    let n = |n: u64| ui::count(n as f64);
    let read = &unseen.read;
    let mut text = format!(
        "\n\nnot seen\n  {:<18} {:>12} of {} that profiles count, at {} of {} accounts whose lists were read",
        "follows",
        n(read.missing),
        n(read.counted),
        n(read.incomplete),
        n(read.accounts)
    );
    if read.empty > 0 {
        text +=
            &format!("\n  {:<18} {:>12} accounts: counted as following somebody, shown empty", "lists", n(read.empty));
    }
    for (why, lists) in &unseen.unread {
        text += &format!("\n  {:<18} {:>12} accounts, which follow {}", why, n(lists.accounts), n(lists.counted));
    }
    for (status, accounts) in &unseen.gone {
        text += &format!("\n  {:<18} {:>12} accounts", status, n(*accounts));
    }
    if unseen.posts_failed > 0 {
        text += &format!("\n  {:<18} {:>12} accounts", "posts, failed", n(unseen.posts_failed));
    }
    text
}
