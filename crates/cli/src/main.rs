//! The command `netcensus`: parse, do one thing, turn errors into words and exit codes.

mod commands;
mod ui;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use netcensus::Kind;

use crate::ui::Ui;

/// Counts, describes and follows a hidden population on a social network, from a few known accounts, and says how sure
/// it is.
#[derive(Parser)]
#[command(name = "netcensus", version, max_term_width = 110, after_long_help = JOURNEY)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Print the result as JSON on standard output
    #[arg(long, global = true)]
    json: bool,

    /// Show nothing but the result and errors
    #[arg(long, short, global = true)]
    quiet: bool,

    /// Tell more; twice, tell everything
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    /// Threads to use; the result does not depend on it
    #[arg(long, global = true, value_name = "N")]
    threads: Option<usize>,
}

const JOURNEY: &str = "\
A study is a folder. Its steps, in order:
  new -> collect or import -> frame -> measure -> sample -> label -> classify -> estimate -> describe -> report
`netcensus run STUDY` does whatever is due, and stops where people must label.

See it work first:            netcensus demo
A study of your own files:    netcensus new DIR --files, then import, run, label export, label import, run
A study of Bluesky accounts:  netcensus new DIR --atproto, then run, label export, label import, run
A study of Mastodon servers:  netcensus new DIR --mastodon HOST, then the same

Exit codes: 0 done, 1 failed, 2 bad usage or bad study, 130 stopped with Ctrl-C (run it again to go on).";

#[derive(Subcommand)]
enum Command {
    New(commands::new::New),
    Import(commands::import::Import),
    Collect(commands::collect::Collect),
    Directory(commands::directory::Directory),
    Stream(commands::stream::Stream),
    Watch(commands::watch::Watch),
    Frame(commands::steps::Frame),
    Measure(commands::steps::Measure),
    Sample(commands::sample::Sample),
    Label(commands::label::Label),
    Classify(commands::steps::Classify),
    Estimate(commands::steps::Estimate),
    Describe(commands::steps::Describe),
    Report(commands::report::Report),
    Export(commands::export::Export),
    HandOver(commands::hand_over::HandOver),
    Run(commands::run::Run),
    Status(commands::status::Status),
    Plan(commands::plan::Plan),
    Sites(commands::sites::Sites),
    WhatIf(commands::what_if::WhatIf),
    Compare(commands::compare::Compare),
    Replacement(commands::replacement::Replacement),
    Takedowns(commands::takedowns::Takedowns),
    Demo(commands::demo::Demo),
    Simulate(commands::simulate::Simulate),
    Evaluate(commands::evaluate::Evaluate),
    Validate(commands::validate::Validate),
    Rehearse(commands::rehearse::Rehearse),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ui = Ui::start(cli.json, cli.quiet, cli.verbose);
    match cli.threads.map_or(Ok(()), ui::threads).and_then(|()| run(cli.command, &ui)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = match error.kind() {
                Kind::Usage => 2,
                Kind::Interrupted => 130,
                Kind::Data | Kind::Network | Kind::Disk | Kind::Bug => 1,
            };
            ui.fail(error);
            ExitCode::from(code)
        }
    }
}

fn run(command: Command, ui: &Ui) -> netcensus::Result<()> {
    match command {
        Command::New(c) => c.run(ui),
        Command::Import(c) => c.run(ui),
        Command::Collect(c) => c.run(ui),
        Command::Directory(c) => c.run(ui),
        Command::Stream(c) => c.run(ui),
        Command::Watch(c) => c.run(ui),
        Command::Frame(c) => c.run(ui),
        Command::Measure(c) => c.run(ui),
        Command::Sample(c) => c.run(ui),
        Command::Label(c) => c.run(ui),
        Command::Classify(c) => c.run(ui),
        Command::Estimate(c) => c.run(ui),
        Command::Describe(c) => c.run(ui),
        Command::Report(c) => c.run(ui),
        Command::Export(c) => c.run(ui),
        Command::HandOver(c) => c.run(ui),
        Command::Run(c) => c.run(ui),
        Command::Status(c) => c.run(ui),
        Command::Plan(c) => c.run(ui),
        Command::Sites(c) => c.run(ui),
        Command::WhatIf(c) => c.run(ui),
        Command::Compare(c) => c.run(ui),
        Command::Replacement(c) => c.run(ui),
        Command::Takedowns(c) => c.run(ui),
        Command::Demo(c) => c.run(ui),
        Command::Simulate(c) => c.run(ui),
        Command::Evaluate(c) => c.run(ui),
        Command::Validate(c) => c.run(ui),
        Command::Rehearse(c) => c.run(ui),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "netcensus", &mut std::io::stdout());
            Ok(())
        }
    }
}
