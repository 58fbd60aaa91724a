//! Who is who: facts, graphs, what is shared, and the changes of profile ids.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::profiles::with_ada;
use crate::{READER, Surface, TOKEN};

#[tokio::test]
async fn facts_are_stated_listed_and_undone() {
    let surface = with_ada().await;
    let request = json!({"kind": "never_link", "a": "user_id:u-1", "b": "email:ada+shop@example.com",
        "author": "ops", "reason": "a test"});
    let stated = surface
        .ask("POST /v1/facts", TOKEN, request.to_string())
        .await;
    assert_eq!(stated.status, 201, "{stated:?}");
    let apart = surface
        .get("/v1/explain?a=user_id:u-1&b=email:ada%2Bshop@example.com")
        .await
        .json();
    assert_eq!(apart["verdict"], "refused", "{apart}");
    let id = stated.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(surface.get("/v1/facts").await.json()["facts"][0]["id"], id);
    let undone = surface
        .ask(&format!("DELETE /v1/facts/{id}"), TOKEN, "")
        .await;
    assert_eq!(undone.status, 204, "{undone:?}");
    let again = surface
        .get("/v1/explain?a=user_id:u-1&b=email:ada%2Bshop@example.com")
        .await
        .json();
    assert_eq!(again["verdict"], "same_profile", "{again}");
}

#[tokio::test]
async fn an_identifier_is_split_out_and_a_source_revoked_until_undone() {
    let surface = with_ada().await;
    let why = "/v1/explain?a=user_id:u-1&b=email:ada%2Bshop@example.com";
    let together = surface.get(why).await.json();
    assert_eq!(together["verdict"], "same_profile", "{together}");
    let source = together["path"][0]["sources"][0].clone();
    for statement in [
        json!({"kind": "split", "key": "email:ada+shop@example.com"}),
        json!({"kind": "revoke", "source": source}),
    ] {
        let mut request = statement.clone();
        request["author"] = "ops".into();
        request["reason"] = "a test".into();
        let stated = surface
            .ask("POST /v1/facts", TOKEN, request.to_string())
            .await;
        assert_eq!(stated.status, 201, "{stated:?}");
        let apart = surface.get(why).await.json();
        assert_ne!(apart["verdict"], "same_profile", "{statement}: {apart}");
        let listed = surface.get("/v1/facts").await.json()["facts"][0].clone();
        assert_eq!(listed["kind"], statement["kind"], "{listed}");
        assert_eq!(listed["key"], statement["key"], "{listed}");
        assert_eq!(listed["source"], statement["source"], "{listed}");
        let id = listed["id"].as_str().unwrap();
        let undone = surface
            .ask(&format!("DELETE /v1/facts/{id}"), TOKEN, "")
            .await;
        assert_eq!(undone.status, 204, "{undone:?}");
        let again = surface.get(why).await.json();
        assert_eq!(again["verdict"], "same_profile", "{again}");
    }
}

#[tokio::test]
async fn what_is_shared_names_its_sharers_to_those_who_may_know() {
    let surface = Surface::open().await;
    let founded = json!({"type": "identify", "anonymousId": "a-1", "messageId": "m-0",
        "traits": {"email": "office@example.com"}});
    assert_eq!(surface.track("/v1/identify", &founded).await.status, 200);
    let found = surface.get("/v1/profiles/email:office@example.com").await;
    let id = found.json()["id"].as_str().unwrap().to_owned();
    let users: Vec<_> = (0..20)
        .map(|number| {
            json!({"type": "identify", "userId": format!("u-{number}"), "messageId": format!("m-{number}"),
                   "traits": {"email": "office@example.com"}})
        })
        .collect();
    let answer = surface.track("/v1/batch", &json!({"batch": users})).await;
    assert_eq!(answer.status, 200, "{answer:?}");

    // The id of what was a customer leads on, whoever asks; the address itself names people only to operators.
    for (key, token, names) in [
        (id.as_str(), TOKEN, true),
        (id.as_str(), READER, true),
        ("email:office@example.com", TOKEN, true),
        ("email:office@example.com", READER, false),
    ] {
        let answer = surface
            .ask(&format!("GET /v1/profiles/{key}"), token, "")
            .await;
        assert_eq!(answer.failure(), (409, "identifier_shared".to_owned()));
        let successors = answer.json()["error"]["successors"].clone();
        assert_eq!(successors.is_object(), names, "{key}: {answer:?}");
        if names {
            let profiles = successors["profiles"].as_array().unwrap();
            assert_eq!((profiles.len(), &successors["more"]), (16, &json!(true)));
            let one = profiles[0].as_str().unwrap();
            assert_eq!(
                surface.get(&format!("/v1/profiles/{one}")).await.status,
                200
            );
        }
    }
    let request = json!({"keys": [id], "fields": []}).to_string();
    let many = surface
        .ask("POST /v1/profiles/lookup", READER, request)
        .await;
    let error = many.json()["answers"][0]["error"].clone();
    assert_eq!(
        error["successors"]["profiles"].as_array().unwrap().len(),
        16,
        "{error}"
    );
}

#[tokio::test]
async fn a_graph_is_json_or_a_picture() {
    let surface = with_ada().await;
    let path = "/v1/profiles/email:ada+shop@example.com/graph";
    let graph = surface.get(path).await;
    assert_eq!(graph.headers["content-type"], "application/json");
    let graph = graph.json();
    let whole = surface.get("/v1/profiles/user_id:u-1").await.json();
    assert_eq!(graph["id"], whole["id"], "{graph}");
    assert_eq!(graph["nodes"][0]["key"], "user_id:u-1", "{graph}");
    let weakest = graph["links"].as_array().unwrap().iter();
    assert_eq!(weakest.filter(|link| link["weakest"] == true).count(), 1);
    for link in graph["links"].as_array().unwrap() {
        assert_eq!(link["days"], 1, "{link}");
        assert_eq!(link["sampleMessageIds"][0], "m-1", "{link}");
        assert_eq!(link["sources"][0], "backend", "{link}");
    }

    let picture = surface.get(&format!("{path}?format=svg")).await;
    assert_eq!(picture.headers["content-type"], "image/svg+xml");
    assert_eq!(picture.headers["vary"], "accept");
    let policy = &picture.headers["content-security-policy"];
    assert!(policy.to_str().unwrap().starts_with("default-src 'none'"));
    assert!(picture.text.starts_with("<svg "), "{picture:?}");
    assert!(picture.text.contains("ada@example.com"), "{picture:?}");
    let request = Request::get(path)
        .header("authorization", READER)
        .header("accept", "image/svg+xml,image/*");
    let by_header = surface.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(by_header.text, picture.text);

    for (path, status, code) in [
        (
            "/v1/profiles/user_id:nobody/graph",
            404,
            "profile_not_found",
        ),
        ("/v1/profiles/nonsense/graph", 400, "invalid_key"),
        (
            "/v1/profiles/user_id:u-1/graph?format=png",
            400,
            "invalid_request",
        ),
        (
            "/v1/profiles/user_id:u-1/graph?after=x",
            400,
            "invalid_token",
        ),
    ] {
        let answer = surface.get(path).await;
        assert_eq!(answer.failure(), (status, code.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn changes_of_profile_ids_are_read_page_by_page() {
    let surface = with_ada().await;
    let start = surface.get("/v1/identity/changes?cursor=now").await.json();
    assert_eq!(
        (&start["changes"], &start["more"]),
        (&json!([]), &json!(false))
    );
    let ada = surface.get("/v1/profiles/user_id:u-1").await.json()["id"].clone();
    let browser = json!({"type": "page", "anonymousId": "a-9", "messageId": "m-8"});
    let login =
        json!({"type": "identify", "anonymousId": "a-9", "userId": "u-1", "messageId": "m-9"});
    for message in [&browser, &login] {
        let path = format!("/v1/{}", message["type"].as_str().unwrap());
        assert_eq!(surface.track(&path, message).await.status, 200);
    }
    let request =
        json!({"kind": "split", "key": "anonymous_id:a-9", "author": "ops", "reason": "a test"});
    let fact = surface
        .ask("POST /v1/facts", TOKEN, request.to_string())
        .await;
    let fact = fact.json()["id"].clone();

    let mut cursor = start["cursor"].as_str().unwrap().to_owned();
    let mut changes = Vec::new();
    loop {
        let path = format!("/v1/identity/changes?limit=1&cursor={cursor}");
        let page = surface.get(&path).await.json();
        changes.extend(page["changes"].as_array().unwrap().clone());
        cursor = page["cursor"].as_str().unwrap().to_owned();
        if page["more"] == false {
            break;
        }
    }
    let kinds: Vec<&str> = changes
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["created", "merged", "split"], "{changes:?}");
    let browser_id = changes[0]["new"][0].clone();
    let both = |change: &serde_json::Value| {
        let ids = change.as_array().unwrap();
        ids.len() == 2 && ids.contains(&ada) && ids.contains(&browser_id)
    };
    assert!(
        both(&changes[1]["old"]) && changes[1]["new"] == json!([ada]),
        "{changes:?}"
    );
    assert_eq!(changes[1]["cause"], "message");
    assert_eq!(changes[1]["sampleMessageIds"], json!(["m-9"]));
    assert!(
        both(&changes[2]["new"]) && changes[2]["old"] == json!([ada]),
        "{changes:?}"
    );
    assert_eq!(
        (&changes[2]["cause"], &changes[2]["fact"]),
        (&json!("fact"), &fact)
    );

    for (path, token, status, code) in [
        ("/v1/identity/changes", READER, 403, "forbidden"),
        (
            "/v1/identity/changes?limit=0",
            TOKEN,
            400,
            "invalid_request",
        ),
        ("/v1/identity/changes?cursor=x", TOKEN, 400, "invalid_token"),
    ] {
        let answer = surface.ask(&format!("GET {path}"), token, "").await;
        assert_eq!(answer.failure(), (status, code.to_owned()), "{path}");
    }
}
