//! Accounts, ledgers and keys, as scripts read and change them.

use harness::{Service, binary, run, with_service};
use serde_json::{Value, json};

async fn tintype(service: &Service, args: &[&str]) -> (Option<i32>, Value) {
    let args = [args, &["--json"]].concat();
    let output = run(&binary("tintype"), &args, &[("DATABASE_URL", &service.database_url)]).await;
    (output.code, serde_json::from_str(&output.stdout).unwrap_or(Value::String(output.stderr)))
}

async fn text(service: &Service, args: &[&str]) -> String {
    run(&binary("tintype"), args, &[("DATABASE_URL", &service.database_url)]).await.stdout
}

#[tokio::test]
async fn credits_are_adjusted_with_a_reason_and_the_ledger_says_who_and_why() {
    with_service(async |service| {
        service.account("ada", 10).await;
        let adjust = async |credits: &str, reason: &[&str]| {
            tintype(service, &[&["account", "adjust", "ada", credits, "--as=eve"], reason].concat()).await
        };

        let (without, why) = adjust("-3", &[]).await;
        let (with, adjusted) = adjust("-3", &["--reason=billed twice"]).await;
        let (too_much, below) = adjust("-8", &["--reason=billed twice"]).await;
        let (_, ledger) = tintype(service, &["ledger", "ada"]).await;

        assert_eq!((without, with, too_much), (Some(1), Some(0), Some(1)));
        assert!(why.as_str().is_some_and(|why| why.contains("needs a reason")), "{why}");
        assert!(below.as_str().is_some_and(|why| why.contains("fewer credits")), "{below}");
        assert_eq!(adjusted["credits"], 7);
        let newest = &ledger["entries"][0];
        let recorded = ["kind", "amount", "balance", "actor", "reason"].map(|field| newest[field].clone());
        assert_eq!(recorded, [json!("adjust"), json!(-3), json!(7), json!("eve"), json!("billed twice")]);
        assert_eq!((&ledger["entries"][1]["balance"], &ledger["next"]), (&json!(10), &Value::Null));
    })
    .await;
}

#[tokio::test]
async fn accounts_are_listed_and_shown_as_the_console_has_them() {
    with_service(async |service| {
        for name in ["ada", "adam", "bob"] {
            service.account(name, 10).await;
        }

        let (_, listed) = tintype(service, &["accounts", "list", "--prefix", "ada"]).await;
        let (_, first) = tintype(service, &["accounts", "--limit", "1"]).await;
        let (_, dry) = tintype(service, &["accounts", "--sort", "runs-dry"]).await;
        let (_, shown) = tintype(service, &["account", "show", "ada"]).await;
        let (code, _) = tintype(service, &["account", "show", "eve"]).await;

        let names = |page: &Value| {
            page["accounts"].as_array().expect("accounts").iter().map(|it| it["name"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&listed), [json!("ada"), json!("adam")]);
        assert_eq!(
            (names(&first), &first["next"], &first["is_complete"]),
            (vec![json!("ada")], &json!("ada"), &json!(false))
        );
        assert_eq!((names(&dry), &dry["is_complete"]), (vec![], &json!(true)));
        assert_eq!((&shown["account"]["credits"], &shown["account"]["active_keys"]), (&json!(10), &json!(1)));
        assert_eq!((shown["hours"].as_array().map(Vec::len), &shown["refunds"]["checked"]), (Some(24), &json!(0)));
        assert_eq!(code, Some(1));
        let lines = text(service, &["account", "show", "ada"]).await;
        assert!(lines.contains("credits    10\n") && lines.contains("keys       1 active"), "{lines}");
        assert!(text(service, &["accounts"]).await.starts_with("account  state"));
    })
    .await;
}

#[tokio::test]
async fn keys_are_found_by_the_filter_of_the_console_and_limited() {
    with_service(async |service| {
        service.account("ada", 10).await;
        service.account("bob", 10).await;
        let (_, made) = tintype(service, &["key", "create", "ada", "--name=deploy bot", "--as=eve"]).await;
        let id = made["id"].as_str().expect("an id");
        let found = async |filter: &str| {
            let (_, page) = tintype(service, &["keys", "--filter", filter]).await;
            page["keys"].as_array().map_or(0, Vec::len)
        };

        let limit = ["key", "limit", id, "--scopes=read", "--expires=2d", "--rate=60", "--burst=20", "--reason=leak"];
        let (code, _) = tintype(service, &limit).await;

        assert_eq!(code, Some(0));
        let counts =
            [found("").await, found("account:ada").await, found("deploy").await, found("is:expires_soon").await];
        assert_eq!(counts, [3, 2, 1, 1]);
        let (_, page) = tintype(service, &["keys", "list", "--filter", &format!("tt_{id}")]).await;
        let key = &page["keys"][0];
        assert_eq!((&key["rate"], &key["scopes"], &key["created_by"]), (&json!(60), &json!(["read"]), &json!("eve")));
        let (wrong, why) = tintype(service, &["keys", "--filter", "user:ada"]).await;
        assert!(wrong != Some(0) && why.to_string().contains("account:"), "{why}");
        let (ended, why) = tintype(service, &["key", "limit", id, "--rate=1", "--burst=2"]).await;
        assert!(ended == Some(1) && why.to_string().contains("burst from 20"), "{why}");
    })
    .await;
}
