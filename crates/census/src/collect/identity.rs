//! Handles and DIDs, checked both ways. A handle says which DID it means, and anybody can make a handle say so; the DID's
//! own document says which handle it answers to. Only where both agree does a seed name that account.

use serde_json::Value;

use super::answers;
use super::fetch::{Hosts, strange};
use super::queue::Found;
use super::xrpc::{Client, Failure, Want};

/// The account that a handle names. One without a document is taken as it is: deleted accounts lose theirs, and what
/// became of them is looked up like that of any other.
pub(super) async fn resolve(client: &Client, hosts: &Hosts, handle: &str) -> Result<Found, Failure> {
    let did = match named(client, hosts, handle).await? {
        Ok(did) => did,
        Err(why) => return Ok(Found::Seed(Err(why))),
    };
    let seed = match document(client, hosts, &did).await? {
        Some(document) if !answers_to(&document, handle) => {
            Err("the handle says which account it means, but that account's document does not say so".to_owned())
        }
        _ => Ok(did),
    };
    Ok(Found::Seed(seed))
}

/// The DID that a handle says, or why there is none. Servers look it up in DNS and on the handle's own web server.
pub(super) async fn named(client: &Client, hosts: &Hosts, handle: &str) -> Result<Result<String, String>, Failure> {
    let method = "com.atproto.identity.resolveHandle";
    let mut why = String::new();
    for host in [&hosts.appview, &hosts.pds] {
        match client.call(host, method, &[("handle", handle)]).await {
            Ok(answer) => {
                let did = answer["did"].as_str().filter(|did| answers::is_did(did)).ok_or_else(|| strange(method))?;
                return Ok(Ok(did.to_owned()));
            }
            Err(Failure::Refused { status: 400, message, .. }) => why = message,
            Err(other) => return Err(other),
        }
    }
    Ok(Err(why))
}

/// The document of a DID: `did:plc` from the directory, `did:web` from the web server it names. None if there is none.
pub(super) async fn document(client: &Client, hosts: &Hosts, did: &str) -> Result<Option<Value>, Failure> {
    let (host, url) = match web_server(did) {
        Some(server) => (server.clone(), format!("{server}/.well-known/did.json")),
        None if did.starts_with("did:plc:") => (hosts.plc.clone(), format!("{}/{did}", hosts.plc)),
        None => return Ok(None),
    };
    let mut document = Value::Null;
    let read = |body: &[u8]| {
        document = serde_json::from_slice(body).map_err(|_| "a DID document that is not JSON")?;
        Ok(())
    };
    match client.fetch(&host, &url, &[], Want::FILE, read).await {
        Ok(_) if document["id"] == did => Ok(Some(document)),
        Ok(_) => Err(Failure::Broken("a DID document of another DID".into())),
        Err(Failure::Refused { status: 404 | 410, .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// `https://example.com` of `did:web:example.com`. The AT Protocol knows no paths in it.
fn web_server(did: &str) -> Option<String> {
    let name = did.strip_prefix("did:web:").filter(|name| !name.contains(':'))?;
    let server = format!("https://{}", name.replace("%3A", ":").replace("%3a", ":"));
    let url = url::Url::parse(&server).ok()?;
    (url.path() == "/" && url.username().is_empty() && url.query().is_none()).then_some(server)
}

/// Whether a DID document answers to this handle.
fn answers_to(document: &Value, handle: &str) -> bool {
    let names = document["alsoKnownAs"].as_array().map_or(&[][..], Vec::as_slice);
    let known = |name: &Value| name.as_str().and_then(|n| n.strip_prefix("at://")).map(str::to_owned);
    names.iter().filter_map(known).any(|name| name.eq_ignore_ascii_case(handle))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;
    use std::time::Duration;

    use serde_json::json;

    use super::super::guard::Guard;
    use super::super::limit::Limits;
    use super::super::stub::Stub;
    use super::*;
    use crate::progress::Progress;
    use crate::study::Collect;

    fn at(host: &str) -> (Client, Hosts) {
        let limits = Limits::new(1000, 0, 1000, Duration::from_millis(5), Progress::silent());
        limits.grant(1000);
        let client = Client::new(Arc::new(limits), Duration::from_millis(1), "", Guard::new([host])).unwrap();
        let [appview, pds, plc] = [host; 3].map(str::to_owned);
        (client, Hosts::new(&Collect { appview, pds, plc, ..Collect::default() }).unwrap())
    }

    #[tokio::test]
    async fn a_handle_counts_only_where_both_sides_agree() {
        let stub = Stub::start(|path, _| {
            let (status, body) = match path.rsplit(['=', '/']).next().unwrap() {
                "did:plc:good" => (200, json!({"id": "did:plc:good", "alsoKnownAs": ["at://Good.test"]})),
                "did:plc:victim" => (200, json!({"id": "did:plc:victim", "alsoKnownAs": ["at://victim.test"]})),
                "did:plc:other" => (200, json!({"id": "did:plc:good", "alsoKnownAs": ["at://other.test"]})),
                "did:plc:gone" => (410, json!({"message": "DID not available"})),
                "nobody.test" => (400, json!({"error": "InvalidRequest", "message": "Unable to resolve handle"})),
                "claims.test" => (200, json!({"did": "did:plc:victim"})),
                handle => (200, json!({"did": format!("did:plc:{}", handle.trim_end_matches(".test"))})),
            };
            Stub::answer(status, "", &body.to_string())
        });
        let (client, hosts) = at(&stub.host);
        let seed = async |handle: &str| match resolve(&client, &hosts, handle).await {
            Ok(Found::Seed(seed)) => seed,
            other => panic!("{other:?}"),
        };
        assert_eq!(seed("good.test").await, Ok("did:plc:good".to_owned()));
        assert_eq!(seed("gone.test").await, Ok("did:plc:gone".to_owned()));
        assert!(seed("claims.test").await.unwrap_err().contains("does not say so"));
        assert!(seed("nobody.test").await.unwrap_err().contains("Unable"));
        let other = resolve(&client, &hosts, "other.test").await;
        assert!(matches!(other, Err(Failure::Broken(why)) if why.contains("another DID")));
    }

    #[test]
    fn documents_of_the_web() {
        assert_eq!(web_server("did:web:example.com").as_deref(), Some("https://example.com"));
        assert_eq!(web_server("did:web:example.com%3A8443").as_deref(), Some("https://example.com:8443"));
        for none in ["did:plc:abc", "did:web:example.com:users:a", "did:web:", "did:web:a%2Fb", "did:web:a%40b"] {
            assert_eq!(web_server(none), None, "{none}");
        }
    }

    #[tokio::test]
    async fn a_document_is_not_fetched_from_the_inside() {
        let stub = Stub::start(|_, _| Stub::answer(200, "", "{}"));
        let (client, hosts) = at(&stub.host);
        for did in ["did:web:localhost%3A1", "did:web:169.254.169.254", "did:web:127.0.0.1"] {
            assert!(matches!(document(&client, &hosts, did).await, Err(Failure::Broken(_))), "{did}");
        }
        assert!(stub.asked.lock().unwrap().is_empty());
    }
}
