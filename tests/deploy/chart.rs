//! The Helm chart and `compose.yml`.

use harness::skip;
use tokio::process::Command;

use super::{output, path, printed};

#[tokio::test]
async fn the_chart_renders_valid_objects_refuses_wrong_values_and_the_compose_file_is_valid() {
    if !path(".tools/deploy/helm_python").exists() {
        skip("Helm is not installed: run `./bootstrap just deploy-lint`");
        return;
    }
    let lint = output(Command::new("python3").arg("-B").arg(path("tools/deploy-lint"))).await;

    assert!(lint.status.success(), "{}", printed(&lint));
}
