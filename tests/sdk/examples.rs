//! Each example runs as it is.

use harness::{Service, binary, decode_image, read_pdf, with_worker};
use tokio::process::Command;

use super::program::{Directory, client, python, root};

const RED: [u8; 3] = [255, 0, 0];

#[tokio::test]
async fn the_examples_of_curl_write_their_files() {
    with_worker(async |service, key| {
        let directory = Directory::create();
        for script in ["screenshot.sh", "async.sh"] {
            let mut command = Command::new(root().join("examples/curl").join(script));
            directory.run(service, key, command.arg(service.site.page("/flag"))).await;
        }
        decode_image(&directory.read("screenshot.png")).assert_colour((10, 10), RED);
        assert_eq!(read_pdf(&directory.read("page.pdf")).pages, 1);
    })
    .await;
}

#[tokio::test]
async fn the_example_in_python_writes_its_files() {
    with_worker(async |service, key| {
        if client("python").is_some() {
            check_render(service, key, &Directory::create(), &mut python("examples/python/render.py")).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_example_in_typescript_writes_its_files() {
    with_worker(async |service, key| {
        if let Some(client) = client("typescript") {
            let directory = Directory::create();
            let mut command = directory.typescript(&client, "examples/typescript/render.ts").await;
            check_render(service, key, &directory, &mut command).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_example_in_rust_writes_its_file() {
    with_worker(async |service, key| {
        let directory = Directory::create();
        let mut command = Command::new(binary("tintype-example"));
        directory.run(service, key, command.arg(service.site.page("/flag"))).await;
        decode_image(&directory.read("screenshot.png")).assert_colour((10, 10), RED);
    })
    .await;
}

async fn check_render(service: &Service, key: &str, directory: &Directory, command: &mut Command) {
    let output = directory.run(service, key, command.arg(service.site.page("/flag"))).await;

    decode_image(&directory.read("screenshot.png")).assert_colour((10, 10), RED);
    assert_eq!(read_pdf(&directory.read("page.pdf")).pages, 1);
    for line in ["1 of 3", "3 of 3", "of image/png", "of application/pdf", "viewport.width"] {
        assert!(output.contains(line), "{line} is missing:\n{output}");
    }
}
