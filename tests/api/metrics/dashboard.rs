//! The dashboard and the alerts: each expression uses metrics that exist.

use std::collections::BTreeSet;
use std::fs;

use harness::{Metrics, with_worker};
use serde_json::{Value, json};

use super::scrape;

/// Returns the names of metrics in an expression.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter(|word| word.starts_with("tintype_") || word.starts_with("process_")).map(str::to_owned).collect()
}

fn read(name: &str) -> String {
    let path = format!("{}/../deploy/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the metrics of an API and a worker, which this process both is, after a render.
async fn live(test: impl AsyncFnOnce(Metrics)) {
    with_worker(async |service, key| {
        service.screenshot(key, json!({"html": "<p>"})).await;
        test(scrape(&service.url).await).await;
    })
    .await;
}

#[tokio::test]
async fn every_panel_of_the_dashboard_shows_metrics_that_exist() {
    live(async |metrics| {
        let dashboard: Value = serde_json::from_str(&read("grafana.json")).expect("JSON");
        let panels = dashboard["panels"].as_array().expect("panels");
        let (rows, charts): (Vec<_>, Vec<_>) = panels.iter().partition(|panel| panel["type"] == "row");

        let titles: Vec<_> = rows.iter().map(|row| row["title"].as_str().expect("a title")).collect();
        assert_eq!(
            titles,
            ["Is it fine?", "Queue", "Renders", "Money", "Browsers", "Wall", "API", "Database", "Processes"]
        );
        let mut shown = BTreeSet::new();
        for chart in charts {
            let title = chart["title"].as_str().expect("a title");
            assert_eq!(chart["datasource"]["uid"], "${datasource}", "{title}");
            for target in chart["targets"].as_array().expect("targets") {
                let used = metrics_in(target["expr"].as_str().expect("an expression"));
                assert!(!used.is_empty(), "{title}");
                shown.extend(used);
            }
        }
        assert_eq!(shown.difference(&metrics.names()).collect::<Vec<_>>(), Vec::<&String>::new());
    })
    .await;
}

#[tokio::test]
async fn every_alert_is_about_metrics_that_exist() {
    live(async |metrics| {
        let alerts = read("alerts.yml");
        let used = metrics_in(&alerts);

        assert!(used.len() > 5, "{used:?}");
        assert_eq!(used.difference(&metrics.names()).collect::<Vec<_>>(), Vec::<&String>::new());
        assert_eq!(alerts.matches("- alert:").count(), alerts.matches("summary:").count());
        assert_eq!(alerts.matches("- alert:").count(), alerts.matches("description:").count());
    })
    .await;
}

#[tokio::test]
async fn every_metric_is_documented_with_its_type() {
    live(async |metrics| {
        let page = read("../docs/operations.md");
        let section = page.split("\n## ").find(|section| section.starts_with("Metrics")).expect("a section");
        let documented: BTreeSet<String> =
            section.lines().filter(|line| line.starts_with("| `tintype_")).flat_map(metrics_in).collect();
        let own: BTreeSet<String> = metrics.families().filter(|name| name.starts_with("tintype_")).collect();

        assert_eq!(own.symmetric_difference(&documented).collect::<Vec<_>>(), Vec::<&String>::new());
    })
    .await;
}
