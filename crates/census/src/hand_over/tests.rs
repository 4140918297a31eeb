#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::label::{self, ADJUDICATOR, GOLD, SIMULATED};
use crate::rows::{self, Account, Follow, Status};
use crate::run::Census;
use crate::study;
use crate::tables::Table;

const PASSWORD: &str = "abcd-efgh-ijkl-2345";
const LABELER: &str = "did:plc:labeler";

fn did(n: usize) -> String {
    format!("did:plc:a{n}")
}

/// A seed and eight accounts that it follows.
fn world() -> (TempDir, Study) {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = study::Settings::new("Secret study", "members", Platform::Files);
    settings.collect.requests_per_second = 1000;
    settings.collect.contact = "team@example.org".into();
    settings.hand_over.labeler = LABELER.into();
    let study = Study::create(&dir.path().join("study"), &settings, &["did:plc:seed".into()]).unwrap();
    let accounts: Vec<Account> =
        (0..8).map(|n| Account { id: did(n), handle: Some(format!("=user{n}.test")), ..Account::default() }).collect();
    let follows: Vec<Follow> =
        (0..8).map(|n| Follow { src: "did:plc:seed".into(), dst: did(n), created_at: None }).collect();
    study.store.append(Table::Accounts, &rows::accounts(&accounts).unwrap()).unwrap();
    study.store.append(Table::Follows, &rows::follows(&follows).unwrap()).unwrap();
    (dir, study)
}

fn says(study: &mut Study, coder: &str, answers: &[(usize, &str)]) {
    let rows: Vec<_> = answers.iter().map(|(n, answer)| (did(*n), (*answer).to_owned(), None)).collect();
    label::write(study, coder, coder == SIMULATED, &rows).unwrap();
}

/// Ana and Ben agree on these.
fn agreed(study: &mut Study, accounts: &[usize]) {
    let answers: Vec<_> = accounts.iter().map(|n| (*n, "member")).collect();
    says(study, "ana", &answers);
    says(study, "ben", &answers);
}

fn seen(study: &Study, rows: &[(usize, &str, i64)]) {
    let rows: Vec<Status> = rows
        .iter()
        .map(|(n, status, at)| Status {
            account: did(*n),
            status: (*status).into(),
            at: Some(at * 1_000_000),
            ..Status::default()
        })
        .collect();
    study.store.append(Table::Statuses, &rows::statuses(&rows).unwrap()).unwrap();
}

fn prepared(study: &mut Study, file: &Path) -> Result<Prepared> {
    let progress = Progress::silent();
    let mut census = Census::new(study, &progress);
    census.frame()?;
    census.hand_over_prepare(file)
}

/// Confirms these accounts in a file of its own.
fn confirm(dir: &TempDir, accounts: &[usize]) -> PathBuf {
    let file = dir.path().join("confirmed.csv");
    let rows: String =
        accounts.iter().map(|n| format!("{},\"calls for violence, see profile\",yes\n", did(*n))).collect();
    std::fs::write(&file, format!("account,reason,confirm\n{rows}")).unwrap();
    file
}

fn sent(study: &mut Study, file: &Path, to: To, unclear: Option<Unclear>) -> Result<Summary> {
    let progress = Progress::silent();
    let mut census = Census::new(study, &progress);
    census.frame()?;
    census.hand_over_send(file, &Sending { by: "carol".into(), to, unclear })
}

fn to_ozone() -> To {
    To::Ozone(Credentials::new("reporter.test".into(), PASSWORD.into()).unwrap())
}

fn audit(study: &Study) -> Vec<String> {
    let mut query = study.work.db.prepare("SELECT action || ': ' || detail FROM audit ORDER BY id").unwrap();
    query.query_map([], |r| r.get(0)).unwrap().collect::<std::result::Result<_, _>>().unwrap()
}

fn states(study: &Study) -> Vec<String> {
    let sql = "SELECT account || ' ' || state || ' ' || confirmed_by FROM hand_overs ORDER BY account";
    let mut query = study.work.db.prepare(sql).unwrap();
    query.query_map([], |r| r.get(0)).unwrap().collect::<std::result::Result<_, _>>().unwrap()
}

/// What the stub was asked: method, proxy header, token, body.
type Asked = (String, String, String, Value);

/// An account's server with a moderation service behind it. `answer` says what becomes of the nth report: status, error;
/// status 0 hangs up once it was read.
struct Server {
    host: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    fn start(answer: impl Fn(usize) -> (u16, &'static str) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            let mut reports = 0;
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
                let header = |name: &str| {
                    let line = head.lines().find(|l| l.to_ascii_lowercase().starts_with(name)).unwrap_or_default();
                    line.split_once(": ").map(|(_, value)| value.to_owned()).unwrap_or_default()
                };
                let mut body = vec![0; header("content-length:").parse().unwrap_or(0)];
                reader.read_exact(&mut body).unwrap();
                let method = head.split(' ').nth(1).unwrap().trim_start_matches("/xrpc/").to_owned();
                let body = serde_json::from_slice(&body).unwrap_or_default();
                log.lock().unwrap().push((method.clone(), header("atproto-proxy:"), header("authorization:"), body));
                let session =
                    json!({"did": "did:plc:reporter", "accessJwt": "first", "refreshJwt": "again"}).to_string();
                let (status, body) = match method.as_str() {
                    "com.atproto.server.createSession" => (200, session),
                    "com.atproto.server.refreshSession" => (200, session.replace("first", "second")),
                    "com.atproto.server.deleteSession" => (200, String::new()),
                    _ => {
                        let (status, error) = answer(reports);
                        reports += 1;
                        (
                            status,
                            json!({"id": 7, "error": error, "message": format!("token first, {PASSWORD}")}).to_string(),
                        )
                    }
                };
                if status > 0 {
                    let pause = if status == 429 { "retry-after: 1\r\n" } else { "" };
                    let answer = format!(
                        "HTTP/1.1 {status} X\r\n{pause}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = reader.get_mut().write_all(answer.as_bytes());
                }
            }
        });
        Self { host, asked }
    }

    /// Reports that were read, by account.
    fn reported(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter_map(|(_, _, _, body)| body["subject"]["did"].as_str().map(str::to_owned)).collect()
    }

    fn methods(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(m, ..)| m.rsplit('.').next().unwrap().to_owned()).collect()
    }
}

#[test]
fn two_people_must_have_said_so_and_the_account_must_be_there() {
    let (dir, mut study) = world();
    let file = dir.path().join("look.csv");
    says(
        &mut study,
        "ana",
        &[(0, "member"), (1, "member"), (2, "member"), (3, "member"), (4, "member"), (5, "member")],
    );
    says(&mut study, SIMULATED, &[(1, "member")]);
    says(&mut study, ADJUDICATOR, &[(1, "member")]);
    let alone = prepared(&mut study, &file).unwrap_err();
    assert!(alone.to_string().contains("one coder alone"), "{alone}");
    assert!(alone.advice().unwrap().contains("second coder") && !file.exists());

    says(&mut study, "ben", &[(0, "member"), (2, "not"), (3, "member"), (4, "member"), (5, "member"), (6, "member")]);
    says(&mut study, ADJUDICATOR, &[(3, "not")]);
    says(&mut study, GOLD, &[(6, "member")]);
    // 4 is gone; 5 was gone and came back, and could not be reached lately.
    seen(&study, &[(4, "active", 1), (5, "suspended", 1)]);
    seen(&study, &[(4, "suspended", 2), (5, "active", 2), (5, "unreachable", 3)]);
    let done = prepared(&mut study, &file).unwrap();
    assert_eq!(done, Prepared { accounts: 2, before: 0, one_coder: 2, gone: 1 });
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        text,
        "account,handle,coders,last_seen,handed_over,reason,confirm\ndid:plc:a0,'=user0.test,1 2,,,,\n\
         did:plc:a5,'=user5.test,1 2,1970-01-01T00:00:02Z,,,\n"
    );
    assert!(audit(&study).contains(&"hand-over prepare: 2 accounts to look at".to_owned()));

    says(&mut study, "Ana", &[(7, "member")]);
    let twice = prepared(&mut study, &file).unwrap_err();
    assert!(twice.to_string().contains("may be one person"), "{twice}");
}

#[test]
fn a_report_in_a_file_holds_what_was_confirmed_and_nothing_else() {
    let (dir, mut study) = world();
    agreed(&mut study, &[0, 1, 2, 3, 4]);
    seen(&study, &[(4, "deleted", 1)]);
    let file = dir.path().join("confirmed.csv");
    let rows = "account,handle,reason,confirm\n\
        did:plc:a0,x,=why,yes\ndid:plc:a1,x,why,no\ndid:plc:a2,x,,yes\ndid:plc:a3,x,why,perhaps\ndid:plc:a4,x,why,yes\n\
        did:plc:a7,x,why,yes\ndid:plc:a0,x,again,yes\ndid:plc:seed,x,why,yes\n'did:plc:a1,x,two,YES\n";
    std::fs::write(&file, rows).unwrap();
    let out = dir.path().join("report.json");
    let done = sent(&mut study, &file, To::File(out.clone()), None).unwrap();
    assert_eq!((done.sent, done.confirmed, done.to.as_str()), (2, 5, "file report.json"));
    let lines: Vec<u64> = done.refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [4, 5, 6, 7, 8, 9], "{:?}", done.refused);
    assert!(done.refused[2].1.contains("deleted") && done.refused[3].1.contains("two coders"));
    let report: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(report["accounts"].as_array().unwrap().len(), 2);
    assert_eq!((&report["accounts"][0]["account"], &report["accounts"][0]["coders"]), (&json!(did(0)), &json!(2)));
    assert_eq!(report["contact"], "team@example.org");
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(!["ana", "ben", "carol"].iter().any(|name| text.contains(&format!("\"{name}\""))), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(states(&study), ["did:plc:a0 sent carol", "did:plc:a1 sent carol"]);
    let log = audit(&study);
    assert!(log.contains(&"hand-over: carol confirmed 2 accounts for file report.json".to_owned()), "{log:?}");

    let there = sent(&mut study, &file, To::File(out.clone()), None).unwrap_err();
    assert!(there.to_string().contains("is there already"));
    std::fs::remove_file(&out).unwrap();
    assert_eq!(sent(&mut study, &file, To::File(out), None).unwrap().sent, 2, "written anew");
    let other = sent(&mut study, &file, To::File(dir.path().join("report.csv")), None).unwrap();
    assert_eq!(other.sent, 2);
    let csv = std::fs::read_to_string(dir.path().join("report.csv")).unwrap();
    assert!(csv.contains("did:plc:a0,'=user0.test,2,,com.atproto.moderation.defs#reasonViolation,'=why,"), "{csv}");
    let no = sent(&mut study, &file, To::File(dir.path().join("report.txt")), None).unwrap_err();
    assert!(no.to_string().contains("neither"));
    let look = dir.path().join("look.csv");
    assert_eq!(prepared(&mut study, &look).unwrap().before, 2);
    assert!(std::fs::read_to_string(&look).unwrap().contains("file report.csv "));
}

#[test]
fn each_account_is_reported_once_and_the_session_is_ended() {
    let (dir, mut study) = world();
    agreed(&mut study, &[0, 1, 2]);
    // A pause and a session that ends: nothing was taken, and it is sent again.
    let server = Server::start(|n| match n {
        0 => (429, "RateLimitExceeded"),
        2 => (400, "ExpiredToken"),
        _ => (200, ""),
    });
    study.settings.hand_over.pds = server.host.clone();
    let file = confirm(&dir, &[0, 1, 2]);
    let done = sent(&mut study, &file, to_ozone(), None).unwrap();
    assert_eq!((done.sent, done.failed, done.unclear, done.left), (3, 0, 0, 0));
    let methods = server.methods();
    assert_eq!(
        methods,
        [
            "createSession",
            "createReport",
            "createReport",
            "createReport",
            "refreshSession",
            "createReport",
            "createReport",
            "deleteSession"
        ]
    );
    assert_eq!(server.reported(), [0, 0, 1, 1, 2].map(did));
    {
        let asked = server.asked.lock().unwrap();
        assert_eq!(asked[0].3, json!({"identifier": "reporter.test", "password": PASSWORD}));
        let (_, proxy, token, body) = &asked[5];
        assert_eq!((proxy.as_str(), token.as_str()), ("did:plc:labeler#atproto_labeler", "Bearer second"));
        assert_eq!(body["reasonType"], "com.atproto.moderation.defs#reasonViolation");
        assert!(body["reason"].as_str().unwrap().starts_with("calls for violence"));
        let text = body.to_string();
        assert!(!["ana", "ben", "carol", "Secret"].iter().any(|name| text.contains(name)), "{text}");
        assert_eq!(asked.last().unwrap().2, "Bearer again");
    }
    let again = sent(&mut study, &file, to_ozone(), None).unwrap();
    assert_eq!((again.sent, again.before), (0, 3));
    assert_eq!(server.methods().len(), methods.len(), "nothing was asked");
    assert_eq!(states(&study), ["did:plc:a0 sent carol", "did:plc:a1 sent carol", "did:plc:a2 sent carol"]);
    let mut kept = std::fs::read(study.root().join("work.db")).unwrap();
    kept.extend(std::fs::read(study.root().join("work.db-wal")).unwrap());
    assert!(!kept.windows(PASSWORD.len()).any(|bytes| bytes == PASSWORD.as_bytes()), "the password is in work.db");
}

#[test]
fn what_may_have_arrived_is_not_sent_again_unasked() {
    let (dir, mut study) = world();
    agreed(&mut study, &[0, 1, 2, 3]);
    // The first is cut off, the second breaks at the service, the third is refused.
    let server = Server::start(|n| match n {
        0 => (0, ""),
        1 => (502, "UpstreamFailure"),
        2 => (400, "InvalidRequest"),
        _ => (200, ""),
    });
    study.settings.hand_over.pds = server.host.clone();
    let file = confirm(&dir, &[0, 1, 2, 3]);
    let done = sent(&mut study, &file, to_ozone(), None).unwrap();
    assert_eq!((done.sent, done.unclear, done.failed, done.left), (0, 2, 1, 1));
    assert!(done.stopped.as_deref().unwrap().contains("3 accounts in a row"));
    assert!(!done.stopped.unwrap().contains(PASSWORD), "a server gave the password back");
    assert_eq!(server.reported(), [0, 1, 2].map(did));
    assert_eq!(server.methods().last().unwrap(), "deleteSession");
    // The refused and the untried go on; the unclear ones wait.
    let done = sent(&mut study, &file, to_ozone(), None).unwrap();
    assert_eq!((done.sent, done.unclear, done.unclear_lines), (2, 2, vec![2, 3]));
    let other = sent(&mut study, &confirm(&dir, &[3]), to_ozone(), None).unwrap();
    assert_eq!((other.sent, other.before, other.unclear), (0, 1, 2), "told of what is not in the file, too");
    let done = sent(&mut study, &confirm(&dir, &[0]), to_ozone(), Some(Unclear::Arrived)).unwrap();
    assert_eq!((done.sent, done.before, done.unclear), (0, 1, 1));
    let done = sent(&mut study, &confirm(&dir, &[1]), to_ozone(), Some(Unclear::Resend)).unwrap();
    assert_eq!((done.sent, done.unclear), (1, 0));
    assert_eq!(server.reported(), [0, 1, 2, 2, 3, 1].map(did));
    assert!(states(&study).iter().all(|state| state.contains(" sent ")));
    let log = audit(&study).join("\n");
    assert!(log.contains("carol says that 1 arrived, and has 0 sent again"), "{log}");
    assert!(!log.contains(PASSWORD));
}

#[test]
fn a_process_that_died_on_its_way_leaves_the_account_unclear() {
    let (dir, mut study) = world();
    agreed(&mut study, &[0]);
    let server = Server::start(|_| (200, ""));
    study.settings.hand_over.pds = server.host.clone();
    let file = confirm(&dir, &[0]);
    let ledger = Ledger::new(&study.work.db);
    let row = Confirmed { line: 2, account: did(0), reason: "why".into() };
    ledger.prepare(LABELER, "dave", &[row], |_| 2).unwrap();
    assert!(ledger.begin(&did(0), LABELER).unwrap());
    assert!(!ledger.begin(&did(0), LABELER).unwrap(), "another process does not send it, too");
    let done = sent(&mut study, &file, to_ozone(), None).unwrap();
    assert_eq!((done.sent, done.unclear), (0, 1));
    assert!(server.methods().is_empty());
    assert_eq!(states(&study), ["did:plc:a0 sending dave"]);
}

#[test]
fn moderators_events_report_or_comment_and_nothing_else() {
    for (send_as, kind) in [(SendAs::ModeratorReport, "modEventReport"), (SendAs::Comment, "modEventComment")] {
        let (dir, mut study) = world();
        agreed(&mut study, &[0]);
        let server = Server::start(|_| (400, "DuplicateExternalId"));
        study.settings.hand_over = Settings { pds: server.host.clone(), send_as, ..study.settings.hand_over.clone() };
        let done = sent(&mut study, &confirm(&dir, &[0]), to_ozone(), None).unwrap();
        assert_eq!((done.sent, done.failed), (1, 0), "the service has it already");
        let asked = server.asked.lock().unwrap();
        assert_eq!(asked[1].0, "tools.ozone.moderation.emitEvent");
        assert_eq!(asked[1].3["event"]["$type"], format!("tools.ozone.moderation.defs#{kind}"));
        assert_eq!(asked[1].3["createdBy"], "did:plc:reporter");
        assert!(asked[1].3["externalId"].as_str().unwrap().starts_with("netcensus-"));
    }
}

#[test]
fn a_server_that_is_not_there_has_nothing() {
    let (dir, mut study) = world();
    agreed(&mut study, &[0]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    study.settings.hand_over.pds = format!("http://{nobody}");
    study.settings.collect.pds = "http://elsewhere.example".into();
    let file = confirm(&dir, &[0]);
    // Its own server is asked for nothing but over HTTPS.
    let bare = Settings { pds: String::new(), ..study.settings.hand_over.clone() };
    let there = std::mem::replace(&mut study.settings.hand_over, bare);
    let unsafe_host = sent(&mut study, &file, to_ozone(), None).unwrap_err();
    assert!(unsafe_host.advice().unwrap().contains("https"));
    study.settings.hand_over = Settings { labeler: String::new(), ..there };
    let unnamed = sent(&mut study, &file, to_ozone(), None).unwrap_err();
    assert!(unnamed.to_string().contains("which moderation service"));
    assert_eq!(states(&study), ["did:plc:a0 prepared carol"]);
}

#[test]
fn settings_and_credentials_that_cannot_be_meant() {
    for (labeler, pds, reason, holds) in [
        ("", "", "com.atproto.moderation.defs#reasonSpam", true),
        (LABELER, "https://pds.example/", "tools.ozone.report.defs#reasonViolenceExtremistContent", true),
        (LABELER, "http://localhost:2583", "a#b", true),
        ("ozone.example", "", "a#b", false),
        ("", "http://pds.example", "a#b", false),
        ("", "https://me:pw@pds.example", "a#b", false),
        ("", "", "spam", false),
        ("", "", "a#b c", false),
    ] {
        let (labeler, pds, reason) = (labeler.into(), pds.into(), reason.into());
        let settings = Settings { labeler, pds, reason, ..Settings::default() };
        assert_eq!(settings.check(), holds, "{settings:?}");
    }
    for (handle, password) in [
        ("", PASSWORD),
        ("a b", PASSWORD),
        ("a.test", ""),
        ("a.test", "my own password"),
        ("a.test", "Abcd-efgh-ijkl-mnop"),
    ] {
        let refused = Credentials::new(handle.into(), password.into()).unwrap_err();
        assert!(password.is_empty() || !format!("{refused:?}").contains(password), "{refused:?}");
    }
    assert_eq!(format!("{:?}", to_ozone()), "Ozone(Credentials)");
}
