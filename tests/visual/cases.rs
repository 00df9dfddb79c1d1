//! The cases: small pages after public reports, with the values that a right render has.
//!
//! Each group is one test, in a service whose browsers have network namespaces. One more test runs the shared
//! cases with the browser's flags alone. CONTRIBUTING.md says how to add a case.

use std::time::Instant;

use cases::{Case, Collection, Group, Rendered, Site, Verdict, judge, load};
use futures_util::{StreamExt, stream};
use harness::sandboxed::{Isolation, Sandbox, with_sandbox};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// How many cases render at once, and the slots of the worker: what two processors have time for.
const AT_ONCE: u16 = 2;

/// How often a case that is only late is tried: other load adds time and never removes any.
const TRIES: usize = 3;

/// The factor on time limits. The cases state those of an idle machine, and `just bench fidelity` uses them as stated.
const SLACK: u64 = 3;

#[test]
fn no_pop_up_dialog_reload_or_close_disturbs_a_page() {
    assert_group(Group::Undisturbed);
}

#[test]
fn all_of_a_page_is_in_the_file() {
    assert_group(Group::Whole);
}

#[test]
fn a_page_is_captured_when_a_person_would_call_it_ready() {
    assert_group(Group::Ready);
}

#[test]
fn what_cannot_be_rendered_fails_at_once() {
    assert_group(Group::Ends);
}

#[test]
fn a_page_sees_an_ordinary_browser() {
    assert_group(Group::Manners);
}

#[test]
fn paper_is_as_the_request_and_the_page_say() {
    assert_group(Group::Paper);
}

#[test]
fn partial_transparency_is_blended() {
    assert_group(Group::Alpha);
}

#[test]
fn many_sites_at_once_load_as_fast_as_few() {
    assert_group(Group::Connections);
}

#[test]
fn the_shared_cases_are_right_without_network_namespaces() {
    let shared = load(Collection::Shared).expect("the shared cases");
    with_sandbox(Isolation::Flags, async |sandbox| assert_right(sandbox, shared).await);
}

#[test]
fn every_case_has_a_name_of_its_own_and_an_expectation_for_each_measure() {
    let mut names = std::collections::BTreeSet::new();
    for case in all() {
        assert!(names.insert(case.id.clone()), "two cases are named {}", case.id);
        assert_eq!(case.measure.len(), case.expected.len(), "{}", case.id);
        assert!(!case.measure.is_empty(), "{} measures nothing", case.id);
    }
    for group in Group::ALL {
        let own = load(Collection::Own).expect("our cases").into_iter().filter(|case| case.group == group);
        assert!(own.count() >= 3, "fewer than three cases of our own for {group:?}");
    }
}

fn assert_group(group: Group) {
    let chosen = all().into_iter().filter(|case| case.group == group).collect();
    with_sandbox(Isolation::Namespaces, async |sandbox| assert_right(sandbox, chosen).await);
}

fn all() -> Vec<Case> {
    let mut cases = load(Collection::Shared).expect("the shared cases");
    cases.extend(load(Collection::Own).expect("our cases"));
    cases
}

/// Renders all cases, and fails with the list of the wrong ones.
async fn assert_right(sandbox: &Sandbox<'_>, cases: Vec<Case>) {
    let cases: Vec<Case> = cases.into_iter().map(|case| case.with_slack(SLACK)).collect();
    let site = Site::open().await.expect("the site");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let config = api_config(sandbox, &site);
    let serving = api::serve(listener, config, async { drop(stopped.await) });
    let running = async {
        let worker = sandbox.worker_with(AT_ONCE, &[("TINTYPE_EGRESS_ALLOW", &site.allowed())]).await;
        let key = sandbox.service.account("ada", 10_000).await;
        let caller = Caller { site: &site, url, key, http: reqwest::Client::new() };
        let wrong = wrong_cases(&caller, &cases).await;
        sandbox.stop_worker(worker).await;
        drop(stop);
        wrong
    };
    let (served, wrong) = tokio::join!(serving, running);
    served.expect("the API serves");
    let list: Vec<String> = wrong.iter().map(|verdict| format!("  {verdict}\n")).collect();
    assert!(wrong.is_empty(), "{} of {} cases are wrong:\n{}", wrong.len(), cases.len(), list.concat());
}

/// The harness' own API allows only the harness' site.
fn api_config(sandbox: &Sandbox<'_>, site: &Site) -> api::Config {
    api::Config {
        database_url: sandbox.service.database_url.parse().expect("a URL"),
        connections: 8,
        sync_wait: harness::TEST_TIMEOUT,
        egress_allow: site.allowed().parse().expect("exceptions"),
        ..api::Config::default()
    }
}

/// Renders cases concurrently, except those whose result depends on what runs beside them.
async fn wrong_cases(caller: &Caller<'_>, cases: &[Case]) -> Vec<Verdict> {
    let (alone, together): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.is_exclusive());
    caller.warm_up().await;
    let concurrent = stream::iter(together).map(|case| caller.run(case)).buffered(AT_ONCE.into());
    let mut verdicts: Vec<Verdict> = concurrent.collect().await;
    for case in alone {
        let mut verdict = caller.run(case).await;
        for _again in 1..TRIES {
            if !verdict.is_only_late() {
                break;
            }
            verdict = caller.run(case).await;
        }
        verdicts.push(verdict);
    }
    verdicts.retain(|verdict| !verdict.is_right());
    verdicts
}

struct Caller<'a> {
    site: &'a Site,
    url: String,
    key: String,
    http: reqwest::Client,
}

impl Caller<'_> {
    /// The first render of a browser takes longer than others.
    async fn warm_up(&self) {
        let (status, body) = self.post("screenshot", &json!({"html": "<p>warm"})).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }

    async fn run(&self, case: &Case) -> Verdict {
        let body = case.request(&self.site.url()).expect("the body of a case");
        let (start, downloads) = (Instant::now(), self.site.downloads());
        let (status, bytes) = self.post(case.kind.name(), &body).await;
        let requests = self.site.downloads() - downloads;
        let rendered = Rendered { status, bytes, duration: start.elapsed(), requests };
        judge(case, &rendered).await.unwrap_or_else(|error| panic!("{}: {error:#}", case.id))
    }

    async fn post(&self, kind: &str, body: &serde_json::Value) -> (u16, Vec<u8>) {
        let request = self.http.post(format!("{}/v1/{kind}", self.url)).header("X-API-Key", &self.key).json(body);
        let response = timeout(harness::TEST_TIMEOUT, request.send()).await.expect("a response in time");
        let response = response.expect("a response");
        let status = response.status().as_u16();
        (status, response.bytes().await.expect("a complete body").to_vec())
    }
}
