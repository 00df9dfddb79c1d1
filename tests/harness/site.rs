//! The web site that tests render, on this machine only.

use std::sync::Arc;

use poem::listener::TcpAcceptor;
use poem::web::{Data, Html, Query, Redirect};
use poem::{EndpointExt, Request, Response, Route, get, handler};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::pages::{HeldResponse, Pages, RecordedRequest};

/// A web site. It closes when dropped.
pub struct Site {
    port: u16,
    allowed: String,
    pages: Arc<Pages>,
    _servers: JoinSet<()>,
}

impl Site {
    /// Opens a site on a port of its own.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let private = TcpListener::bind(("127.0.0.2", port)).await.expect("the same port at another address");
        let pages = Arc::new(Pages::default());
        let mut servers = JoinSet::new();
        for listener in [listener, private] {
            let acceptor = TcpAcceptor::from_tokio(listener).expect("a listener");
            let site = routes().data(Arc::clone(&pages));
            servers.spawn(async move {
                poem::Server::new_with_acceptor(acceptor).run(site).await.expect("the site serves");
            });
        }
        Self { port, allowed: format!("127.0.0.1/32:{port}"), pages, _servers: servers }
    }

    /// Returns the URL of a page.
    pub fn page(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Returns the URL of the same page at an address that is denied.
    pub fn private(&self, path: &str) -> String {
        format!("http://127.0.0.2:{}{path}", self.port)
    }

    /// Returns the site's port, the same at every address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Adds a page whose response may depend on the request.
    pub fn put(&self, path: &str, respond: impl Fn(&RecordedRequest) -> Response + Send + Sync + 'static) {
        self.pages.put(path, respond);
    }

    /// Adds an HTML page.
    pub fn put_html(&self, path: &str, html: impl Into<String>) {
        let html = html.into();
        self.put(path, move |_| poem::IntoResponse::into_response(Html(html.clone())));
    }

    /// Adds a path whose responses are held back until the test releases them.
    pub fn hold(&self, path: &str) -> HeldResponse {
        self.pages.hold(path)
    }

    /// Returns the requests for a path that is not one of the built-in pages.
    pub fn requests(&self, path: &str) -> Vec<RecordedRequest> {
        self.pages.requests(path)
    }

    /// Waits until there are `min` or more requests for such a path.
    pub async fn wait_for_requests(&self, path: &str, min: usize) {
        self.pages.wait_for_requests(path, min).await;
    }

    /// Returns the value of `TINTYPE_EGRESS_ALLOW` that allows the site.
    pub fn allowed(&self) -> &str {
        &self.allowed
    }
}

fn routes() -> Route {
    Route::new()
        .at("/flag", get(flag))
        .at("/tall", get(tall))
        .at("/late", get(late))
        .at("/leave", get(leave))
        .at("/remember", get(remember))
        .at("/never", get(never))
        .at("/forever", get(forever))
        .at("/spin", get(spin))
        .at("/alert", get(alert))
        .at("/missing", get(missing))
        .at("/redirect", get(redirect))
        .at("/invoice", get(invoice))
        .nest("/gallery", crate::article::routes())
        .at("/*path", added)
}

/// Pages that a test added.
#[handler]
async fn added(request: &Request, Data(pages): Data<&Arc<Pages>>) -> Response {
    pages.respond(RecordedRequest::of(request)).await
}

/// Red in the upper half and blue in the lower half of any viewport.
#[handler]
fn flag() -> Html<&'static str> {
    Html(
        "<!doctype html><title>Flag</title><style>html,body{margin:0;height:100%}div{height:50%}</style>
         <div style='background:#ff0000'></div><div style='background:#0000ff'></div>",
    )
}

/// 3,000 px tall: green, with a red strip at the bottom.
#[handler]
fn tall() -> Html<&'static str> {
    Html(
        "<!doctype html><style>body{margin:0}</style>
         <div style='height:2900px;background:#00ff00'></div><div style='height:100px;background:#ff0000'></div>",
    )
}

/// White, until the response to `after` adds a blue box that covers the page.
#[handler]
fn late(Query(After { after }): Query<After>) -> Html<String> {
    let page = "<!doctype html><style>body{margin:0}#box{position:fixed;inset:0;background:#0000ff}</style><script>
         fetch('AFTER').then(() => document.body.insertAdjacentHTML('beforeend', '<div id=box></div>'))</script>";
    Html(page.replace("AFTER", &after))
}

#[derive(Deserialize)]
struct After {
    after: String,
}

/// Navigates by script.
#[handler]
fn leave(Query(After { after }): Query<After>) -> Html<String> {
    Html(format!("<!doctype html><script>location = '{after}'</script>"))
}

/// Red for a returning visitor, green for a new one.
#[handler]
fn remember() -> Html<&'static str> {
    Html(
        "<!doctype html><body style='margin:0'><script>
         const known = document.cookie || localStorage.known;
         document.cookie = 'known=1'; localStorage.known = 1;
         document.body.style.background = known ? '#ff0000' : '#00ff00';
         document.body.insertAdjacentHTML('beforeend', '<p id=done>')</script>",
    )
}

/// A page whose image never arrives.
#[handler]
fn never() -> Html<&'static str> {
    Html("<!doctype html><body style='margin:0;background:#00ff00'><img src='/forever' width=1 height=1>")
}

/// A response that never arrives.
#[handler]
async fn forever() -> Response {
    std::future::pending().await
}

/// A page whose script never ends.
#[handler]
fn spin() -> Html<&'static str> {
    Html("<!doctype html><p>spinning</p><script>while (true) {}</script>")
}

/// A page that opens a dialog first.
#[handler]
fn alert() -> Html<&'static str> {
    Html("<!doctype html><script>alert('hello')</script><body style='margin:0;background:#00ff00'>")
}

/// A 404 with a page of its own.
#[handler]
fn missing() -> Response {
    Html("<!doctype html><body style='margin:0;background:#ff0000'>").into_response_404()
}

/// Redirects.
#[handler]
fn redirect() -> Redirect {
    Redirect::temporary("/flag")
}

/// Three A4 pages with text on each.
#[handler]
fn invoice() -> Html<&'static str> {
    Html(
        "<!doctype html><style>section{break-after:page}section:last-child{break-after:auto}</style>
         <section><h1>Invoice 42</h1></section><section>Second sheet</section><section>Total 17 credits</section>",
    )
}

trait NotFound {
    fn into_response_404(self) -> Response;
}

impl NotFound for Html<&'static str> {
    fn into_response_404(self) -> Response {
        let mut response = poem::IntoResponse::into_response(self);
        response.set_status(poem::http::StatusCode::NOT_FOUND);
        response
    }
}
