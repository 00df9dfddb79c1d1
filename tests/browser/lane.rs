//! The static lane: documents of one account that run no script and ask nothing of the network are
//! set into one page, one after the other. Each gets the file of the ordinary road, and finds nothing
//! of the others.

use harness::sandboxed::{Isolation, Sandbox, with_sandbox};
use harness::{Metrics, Process, free_address};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

with_each_isolation!(
    nothing_of_a_document_reaches_the_next_and_nothing_of_it_the_network,
    a_document_that_may_not_take_the_lane_is_rendered_as_before,
);

/// Documents that leave what a document can leave: styles, names, forms, scroll positions, fonts, paper, modes.
const DOCUMENTS: [&str; 16] = [
    "<p>plain",
    "<!doctype html><title>first</title><body style='margin:0;background:linear-gradient(red,blue);height:3000px'>tall",
    "<!doctype html><style>body { background: #123; color: white; font: 40px serif } p::before { content: counter(a) } \
     body { counter-reset: a 7 }</style><p>styled",
    "<!doctype html><style>@page { size: A5 landscape; margin: 0 } @media print { p { color: red } }</style><p>paper",
    "<!doctype html><html lang=ar dir=rtl><body><p id=a>\u{645}\u{631}\u{62d}\u{628}\u{627}",
    "<!doctype html><body><form name=body><input name=style value=typed><input type=checkbox checked><select><option>1\
     <option selected>2</select><textarea>text</textarea><progress value=1 max=3></progress></form>",
    "<table width=100% border=1><tr><td>quirks<td height=50%>mode</table>",
    "<!doctype html><html style='scroll-behavior:smooth;overflow:hidden'><body style='width:200vw'><a href='#b'>a</a>\
     <div style='height:400vh'></div><p id=b>end",
    "<!doctype html><body style='zoom:1.5;writing-mode:vertical-rl'>\u{65e5}\u{672c}\u{8a9e} \u{1f600} zoomed",
    "<!doctype html><svg width=300 height=200><defs><linearGradient id=g><stop stop-color=red /><stop offset=1 \
     stop-color=blue /></linearGradient><filter id=f><feGaussianBlur stdDeviation=3 /></filter></defs>\
     <rect width=200 height=100 fill='url(#g)' filter='url(#f)'/><text y=150>drawn</text></svg>",
    "<!doctype html><body><p style='color:red' id=g>no gradient</p><svg width=90 height=90><rect width=50 height=50 \
     fill='url(#g) green'/></svg>",
    "<!doctype html><body style='margin:0'><div style='position:fixed;inset:0;background:rgba(0,128,0,.5)'></div>\
     <div style='position:sticky;top:0;height:50px;background:red'>sticky</div><div style='height:2000px'>below</div>",
    "<!doctype html><style>:root { --a: 5px; color-scheme: dark } @layer a, b; @layer b { p { color: red } }</style>\
     <p>layered <details open><summary>more</summary>text</details>",
    "<!doctype html><img alt='a dot' width=80 height=80 src='data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='>\
     <img src=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='50' height='50'%3E%3Ccircle cx='25' cy='25' r='20' fill='green'/%3E%3C/svg%3E\">",
    "<!doctype html><body style='background:transparent'><math><mfrac><mi>x</mi><mn>2</mn></mfrac></math><ul><li>one<ol><li>two</ol></ul><hr>\
     <a href=https://example.com/a>link</a> <span style='filter:blur(2px);transform:rotate(5deg);display:inline-block;box-shadow:0 0 9px'>effects</span>",
    include_str!("../visual/pages/invoice.html"),
];

/// The files that are made of each document.
fn requests() -> Vec<(&'static str, Value)> {
    let window = |width: u32, height: u32, scale: f64| json!({"viewport": {"width": width, "height": height, "device_scale_factor": scale}});
    vec![
        ("screenshot", json!({})),
        ("pdf", json!({})),
        ("screenshot", json!({"full_page": true})),
        ("screenshot", json!({"omit_background": true})),
        ("screenshot", json!({"format": "jpeg", "quality": 70})),
        ("screenshot", json!({"format": "webp"})),
        ("screenshot", json!({"clip": {"x": 10, "y": 20, "width": 300, "height": 200}})),
        ("screenshot", window(640, 480, 2.0)),
        ("screenshot", window(320, 900, 0.5)),
        (
            "pdf",
            json!({"format": "A5", "orientation": "landscape", "margin": {"top": "2cm"}, "print_background": true}),
        ),
        (
            "pdf",
            json!({"tagged": true, "footer_html": "<p>Page <span class=pageNumber></span></p>", "wait_for": "load"}),
        ),
    ]
}

/// A worker that compares the file of the lane with that of the ordinary road, for every document.
struct Comparing {
    worker: Process,
    address: String,
}

impl Comparing {
    async fn start(sandbox: &Sandbox<'_>, sample: &str) -> Self {
        let address = free_address();
        let env = [("TINTYPE_WORKER_LISTEN", address.as_str()), ("TINTYPE_STATIC_LANE_SAMPLE", sample)];
        Self { worker: sandbox.worker_with(1, &env).await, address }
    }

    /// Renders a document, and requires that its files are the same. The ordinary road itself sometimes sets the text
    /// of a form in a scaled window a fraction of a pixel elsewhere, so a difference has to come again.
    async fn render(&self, sandbox: &Sandbox<'_>, key: &str, html: &str, request: &(&'static str, Value)) {
        for _ in 0..3 {
            let before = self.count("different", "").await;
            drop(render(sandbox, key, html, request).await);
            if self.count("different", "").await == before {
                return;
            }
        }
        panic!("the files of {request:?} differ: {html}");
    }

    async fn count(&self, outcome: &str, reason: &str) -> u32 {
        let text = reqwest::get(format!("http://{}/metrics", self.address)).await.expect("a port").text().await;
        let metrics = Metrics::parse(&text.expect("a text"));
        let count = metrics.sum("tintype_static_lane_total", &[("outcome", outcome), ("reason", reason)]);
        format!("{count:.0}").parse().expect("a whole number")
    }
}

/// Renders a document, and returns the file.
async fn render(sandbox: &Sandbox<'_>, key: &str, html: &str, (kind, options): &(&str, Value)) -> Vec<u8> {
    let mut body = options.clone();
    body["html"] = json!(html);
    let response = sandbox.service.post(key, &format!("/v1/{kind}"), &body).await;
    assert_eq!(response.status, 200, "{kind} {options} of {html}: {:?}", response.json());
    response.bytes
}

#[test]
fn the_file_of_the_lane_is_that_of_the_ordinary_road_whatever_it_showed_before() {
    with_sandbox(Isolation::Namespaces, async |sandbox| {
        let key = sandbox.service.account("ada", 1000).await;
        let comparing = Comparing::start(sandbox, "1").await;
        let requests = requests();
        // Each document and each request four times, in an order in which every kind follows every other.
        let pair = |at: usize| (DOCUMENTS[at % DOCUMENTS.len()], &requests[at * 5 % requests.len()]);
        let pairs: Vec<_> = (0..4 * DOCUMENTS.len()).map(pair).collect();

        for (html, request) in &pairs {
            comparing.render(sandbox, &key, html, request).await;
        }

        assert!(
            usize::try_from(comparing.count("used", "").await).expect("few") >= pairs.len(),
            "not all documents took the lane"
        );
        sandbox.stop_worker(comparing.worker).await;
    });
}

#[test]
fn documents_of_any_elements_and_styles_look_the_same_on_both_roads() {
    with_sandbox(Isolation::Flags, async |sandbox| {
        let key = sandbox.service.account("ada", 1000).await;
        let comparing = Comparing::start(sandbox, "1").await;
        let seed = rand::random();
        println!("the seed is {seed}");
        let mut random = StdRng::seed_from_u64(seed);
        let requests = requests();

        for _ in 0..24 {
            let html = generated(&mut random);
            let request = &requests[random.random_range(0..requests.len())];
            comparing.render(sandbox, &key, &html, request).await;
        }

        assert!(comparing.count("used", "").await >= 20);
        sandbox.stop_worker(comparing.worker).await;
    });
}

/// A document of random elements, nested at random, with random styles.
fn generated(random: &mut StdRng) -> String {
    const ELEMENTS: [&str; 18] = [
        "p",
        "div",
        "span",
        "table",
        "tr",
        "td",
        "ul",
        "li",
        "h1",
        "b",
        "pre",
        "form",
        "button",
        "fieldset",
        "details",
        "blockquote",
        "svg",
        "select",
    ];
    const STYLES: [&str; 16] = [
        "color:red",
        "background:#0af",
        "float:left",
        "position:absolute",
        "position:fixed;bottom:0",
        "display:flex",
        "display:grid",
        "margin:20px",
        "font:30px monospace",
        "height:150vh",
        "width:60%",
        "overflow:scroll",
        "transform:rotate(3deg)",
        "opacity:.5",
        "columns:2",
        "border:3px dotted green",
    ];
    let mut html = ["", "<!doctype html>"][random.random_range(0..2)].to_owned();
    let mut open = Vec::new();
    for word in 0..random.random_range(5..60) {
        if random.random_bool(0.4)
            && let Some(element) = open.pop()
        {
            html.extend(["</", element, ">"]);
        } else {
            let element = ELEMENTS[random.random_range(0..ELEMENTS.len())];
            html.extend(["<", element, " style='", STYLES[random.random_range(0..STYLES.len())], "'>"]);
            open.push(element);
        }
        html.extend([" word ", &word.to_string(), " "]);
    }
    html
}

/// What only the page itself prevents, if a document were admitted that runs scripts or asks for
/// something: `just mutants lane` admits all.
async fn nothing_of_a_document_reaches_the_next_and_nothing_of_it_the_network(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 100).await;
    sandbox.service.site.put_html("/asked", "response");
    let asked = sandbox.service.site.page("/asked");
    let comparing = Comparing::start(sandbox, "0").await;
    let plain = ("screenshot", json!({}));
    let white = render(sandbox, &key, "<p>white", &plain).await;

    for leaving in [
        "<script>setInterval(() => document.documentElement.style.background = 'red', 1)</script>".to_owned(),
        "<body onload=\"setInterval(() => document.body.style.background = 'red', 1)\">".to_owned(),
        "<script>document.addEventListener('DOMContentLoaded', () => document.body.append('left'))</script>".to_owned(),
        "<script>const sheet = new CSSStyleSheet(); sheet.replaceSync('* { color: red }'); document.adoptedStyleSheets = \
         [sheet]; customElements.define('x-a', class extends HTMLElement {})</script>"
            .to_owned(),
        format!("<img src='{asked}'>"),
        format!("<link rel=stylesheet href='{asked}'>"),
        format!("<link rel=preconnect href='{asked}'><p>"),
        format!("<style>@import '{asked}'; @font-face {{ font-family: a; src: url({asked}) }} p {{ font-family: a }}</style><p>"),
        format!("<iframe src='{asked}'></iframe>"),
        format!("<meta http-equiv=refresh content='60;url={asked}'>"),
        format!("<video poster='{asked}' src='{asked}'></video><object data='{asked}'></object><embed src='{asked}'>"),
        format!("<svg><image href='{asked}'/><use href='{asked}#a'/></svg>"),
        format!("<body background='{asked}'><select><option><img src='{asked}'></select>"),
    ] {
        drop(render(sandbox, &key, &leaving, &plain).await);
        assert!(render(sandbox, &key, "<p>white", &plain).await == white, "after {leaving}");
    }

    assert_eq!(comparing.count("declined", "connection").await, 0, "a request of the page reached the proxy");
    sandbox.stop_worker(comparing.worker).await;
}

async fn a_document_that_may_not_take_the_lane_is_rendered_as_before(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 100).await;
    sandbox.service.site.put_html("/frame", "<body style='margin:0;background:rgb(0,255,0)'>");
    let frame = sandbox.service.site.page("/frame");
    let comparing = Comparing::start(sandbox, "0").await;

    for html in [
        "<script>document.documentElement.style.background = 'rgb(0,255,0)'</script>".to_owned(),
        format!("<body style='margin:0'><iframe style='border:0;width:1280px;height:720px' src='{frame}'></iframe>"),
        "<noscript><p style='position:fixed;inset:0;background:red'></noscript><body bgcolor=lime>".to_owned(),
        "<style>@keyframes a { to { background: lime } } body { animation: a 1ms forwards }</style><body>".to_owned(),
    ] {
        let job = sandbox.screenshot(&key, json!({"html": html, "wait_for": "load"})).await;
        sandbox.image(&key, &job).await.assert_colour((600, 600), [0, 255, 0]);
    }

    assert_eq!((comparing.count("used", "").await, comparing.count("refused", "element").await), (0, 3));
    assert_eq!(comparing.count("refused", "style").await, 1);
    sandbox.stop_worker(comparing.worker).await;
}
