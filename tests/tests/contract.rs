//! The parts of the contract that the SDKs at hand do not exercise: what browsers, other
//! languages' SDKs and people with `curl` rely on.
//!
//! - Browsers ask before they send (CORS), and analytics.js asks for its settings first.
//! - Every path that some SDK uses takes messages, whatever the content type says, and none
//!   redirects.
//! - A read that is given a position waits until it sees what the position stands for.
//! - The documentation is served by the node itself and refers to nothing outside.

#![allow(clippy::unwrap_used)]

use acquaint_tests::{Import, Server, ServerOptions, TOKEN, WRITE_KEY_PUBLIC, WRITE_KEY_SERVER};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const ONE: Import = Import {
    batch_messages: 1,
    in_flight: 1,
};

async fn start() -> Server {
    Server::start(&ServerOptions::default()).await
}

async fn body(response: Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value
        .unwrap_or_else(|| panic!("no {name}: {response:?}"))
        .to_str()
        .unwrap()
}

#[tokio::test]
async fn a_browser_may_send() {
    let server = start().await;
    let asked = server
        .http()
        .request(Method::OPTIONS, server.url("/v1/t"))
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,x-retry-count",
        )
        .send()
        .await
        .unwrap();
    assert!(asked.status().is_success(), "{asked:?}");
    assert!(["*", "https://shop.example"].contains(&header(&asked, "access-control-allow-origin")));
    let allowed = header(&asked, "access-control-allow-headers").to_lowercase();
    for name in ["authorization", "content-type", "x-retry-count"] {
        assert!(allowed.contains(name), "{name} is not in {allowed}");
    }
    let sent = server
        .http()
        .post(server.url("/v1/t"))
        .header("origin", "https://shop.example")
        .header("content-type", "text/plain")
        .body(json!({"anonymousId": "b", "event": "e", "writeKey": WRITE_KEY_PUBLIC}).to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status().as_u16(), 200);
    assert!(
        header(&sent, "access-control-expose-headers")
            .to_lowercase()
            .contains("retry-after")
    );
}

#[tokio::test]
async fn analytics_js_finds_its_settings() {
    let server = start().await;
    let path = format!("/v1/projects/{WRITE_KEY_PUBLIC}/settings");
    let settings = server.http().get(server.url(&path)).send().await.unwrap();
    assert_eq!(settings.status().as_u16(), 200);
    let settings = body(settings).await;
    let own = &settings["integrations"]["Segment.io"];
    assert_eq!(own["apiKey"], WRITE_KEY_PUBLIC, "{settings}");
    let host = own["apiHost"].as_str().unwrap();
    assert_eq!(
        host,
        format!("{}/v1", server.address()),
        "the host that was asked, and /v1"
    );
}

#[tokio::test]
async fn every_path_of_every_sdk_takes_messages() {
    let server = start().await;
    let single = [
        ("identify", json!({"userId": "u"})),
        ("track", json!({"userId": "u", "event": "e"})),
        ("page", json!({"userId": "u", "name": "n"})),
        ("screen", json!({"userId": "u", "name": "n"})),
        ("group", json!({"userId": "u", "groupId": "g"})),
        ("alias", json!({"userId": "u", "previousId": "u"})),
    ];
    let mut requests = vec![];
    for (kind, message) in single {
        requests.push((format!("/v1/{kind}"), message.clone()));
        requests.push((format!("/v1/{}", &kind[..1]), message));
    }
    let track = json!({"type": "track", "userId": "u", "event": "e"});
    for path in ["/v1/batch", "/v1/b", "/v1/import", "/v1/import/"] {
        requests.push((path.to_owned(), track.clone()));
    }
    for (path, mut message) in requests {
        // Without an id of its own, the second of two equal messages would be a duplicate.
        message["messageId"] = json!(path);
        let is_batch = message["type"] == "track";
        let sent = if is_batch {
            json!({"batch": [message], "sentAt": null})
        } else {
            message
        };
        let request = server
            .http()
            .post(server.url(&path))
            .basic_auth(WRITE_KEY_SERVER, Some(""));
        let answer = request.body(sent.to_string()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        assert_eq!(answer.url().path(), path, "never a redirect");
        let answer = body(answer).await;
        assert_eq!(answer["success"], true, "{path}: {answer}");
        assert_eq!(
            answer["verdicts"][0]["verdict"], "accepted",
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_read_waits_for_its_position() {
    let server = start().await;
    for number in 0..50 {
        let message = json!({"userId": format!("w{number}"), "traits": {"email": format!("w{number}@example.com")}});
        let sent = server
            .http()
            .post(server.url("/v1/identify?ack=durable"))
            .basic_auth(WRITE_KEY_SERVER, Some(""))
            .json(&message)
            .send()
            .await
            .unwrap();
        let sent = body(sent).await;
        let position = sent["position"].as_str().unwrap().to_owned();
        let read = server
            .http()
            .get(server.url(&format!("/v1/profiles/email:w{number}@example.com")))
            .query(&[("after", position)])
            .bearer_auth(TOKEN)
            .send()
            .await
            .unwrap();
        let status = read.status().as_u16();
        let profile = body(read).await;
        assert_eq!(status, 200, "{profile}");
        assert_eq!(profile["events"], json!({}), "{profile}");
    }
}

/// Whether two accounts are one customer after an alias that this key sent.
async fn are_one_after_alias(write_key: &str) -> bool {
    let server = start().await;
    for user in ["first", "second"] {
        let seen = json!([{"type": "track", "userId": user, "event": "e", "messageId": user}]);
        acquaint_tests::import(&server, seen.as_array().unwrap(), ONE).await;
    }
    let alias = json!({"userId": "second", "previousId": "first", "messageId": "alias"});
    let request = server
        .http()
        .post(server.url("/v1/alias"))
        .basic_auth(write_key, Some(""));
    let answer = request.json(&alias).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let first = server.get("/v1/profiles/user_id:first").await.1;
    let second = server.get("/v1/profiles/user_id:second").await.1;
    first["id"] == second["id"]
}

#[tokio::test]
async fn only_a_server_makes_two_accounts_one() {
    assert!(are_one_after_alias(WRITE_KEY_SERVER).await);
    assert!(
        !are_one_after_alias(WRITE_KEY_PUBLIC).await,
        "a browser took an account over"
    );
}

#[tokio::test]
async fn the_documentation_comes_from_the_node_alone() {
    let server = start().await;
    let document = server
        .http()
        .get(server.url("/openapi.json"))
        .send()
        .await
        .unwrap();
    let document = body(document).await;
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/v1/batch",
        "/v1/profiles/{key}",
        "/v1/profiles/lookup",
        "/v1/explain",
        "/v1/facts",
        "/v1/identity/rebuild",
    ] {
        assert!(
            paths.contains_key(path),
            "{path} is not in the OpenAPI document"
        );
    }
    let page = server
        .http()
        .get(server.url("/docs/"))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status().as_u16(), 200);
    let page = page.text().await.unwrap();
    for attribute in ["src=\"", "href=\""] {
        for target in page
            .split(attribute)
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
        {
            let is_outside = target.starts_with("http") || target.starts_with("//");
            assert!(!is_outside, "the page loads {target}");
            if target.ends_with(".js") || target.ends_with(".css") {
                let asset = server
                    .url("/docs/")
                    .parse::<reqwest::Url>()
                    .unwrap()
                    .join(target)
                    .unwrap();
                let answer = server.http().get(asset).send().await.unwrap();
                assert_eq!(answer.status().as_u16(), 200, "{target}");
            }
        }
    }
}

#[tokio::test]
async fn an_error_leads_to_its_page() {
    let server = start().await;
    let (status, error) = server.get("/v1/profiles/user_id:nobody").await;
    assert_eq!(status, 404);
    let page = error["error"]["docs"].as_str().unwrap();
    let page = server.http().get(server.url(page)).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    assert!(page.text().await.unwrap().contains("profile_not_found"));
}
