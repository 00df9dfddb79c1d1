//! A web site to render, on this machine alone.

use std::sync::Arc;

use poem::listener::TcpAcceptor;
use poem::web::{Data, Html, Query, Redirect};
use poem::{EndpointExt, Request, Response, Route, get, handler};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::PATIENCE;
use crate::pages::{Held, Pages, Visit};

/// The site. It closes when dropped.
pub struct Site {
    port: u16,
    allowed: String,
    visits: watch::Receiver<usize>,
    pages: Arc<Pages>,
    _servers: JoinSet<()>,
}

impl Site {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let private = TcpListener::bind(("127.0.0.2", port)).await.expect("the same port, next door");
        let (visited, visits) = watch::channel(0);
        let visited = Arc::new(visited);
        let pages = Arc::new(Pages::default());
        let mut servers = JoinSet::new();
        for listener in [listener, private] {
            let acceptor = TcpAcceptor::from_tokio(listener).expect("a listener");
            let site = routes().data(Arc::clone(&visited)).data(Arc::clone(&pages));
            servers.spawn(async move {
                poem::Server::new_with_acceptor(acceptor).run(site).await.expect("the site serves");
            });
        }
        Self { port, allowed: format!("127.0.0.1/32:{port}"), visits, pages, _servers: servers }
    }

    /// The same page at an address that is not allowed.
    pub fn private(&self, path: &str) -> String {
        format!("http://127.0.0.2:{}{path}", self.port)
    }

    /// A page's address.
    pub fn page(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Waits until `/counted` has been asked for so often.
    pub async fn visited(&self, times: usize) {
        let mut visits = self.visits.clone();
        let enough = visits.wait_for(|visits| *visits >= times);
        timeout(PATIENCE, enough).await.expect("in time").expect("the site is open");
    }

    /// Its port, at every address and under every name.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Has it answer a path, whatever was asked with it, as the test says.
    pub fn put(&self, path: &str, answer: impl Fn(&Visit) -> Response + Send + Sync + 'static) {
        self.pages.put(path, answer);
    }

    /// Has it answer a path with this document.
    pub fn put_html(&self, path: &str, html: impl Into<String>) {
        let html = html.into();
        self.put(path, move |_| poem::IntoResponse::into_response(Html(html.clone())));
    }

    /// Has it answer a path only once the test lets go.
    pub fn hold(&self, path: &str) -> Held {
        self.pages.hold(path)
    }

    /// Who came for a path that a test put there.
    pub fn came(&self, path: &str) -> Vec<Visit> {
        self.pages.came(path)
    }

    /// Waits until so many have come for a path that a test put there.
    pub async fn until_came(&self, path: &str, times: usize) {
        self.pages.until_came(path, times).await;
    }

    /// What `TINTYPE_EGRESS_ALLOW` must say to render it.
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
        .at("/counted", get(counted))
        .at("/remember", get(remember))
        .at("/never", get(never))
        .at("/forever", get(forever))
        .at("/spin", get(spin))
        .at("/alert", get(alert))
        .at("/missing", get(missing))
        .at("/redirect", get(redirect))
        .at("/invoice", get(invoice))
        .nest("/gallery", crate::gallery::routes())
        .at("/*path", put)
}

/// What a test put there.
#[handler]
async fn put(request: &Request, Data(pages): Data<&Arc<Pages>>) -> Response {
    pages.answer(Visit::of(request)).await
}

/// Red above, blue below, on a window of any size.
#[handler]
fn flag() -> Html<&'static str> {
    Html(
        "<!doctype html><title>Flag</title><style>html,body{margin:0;height:100%}div{height:50%}</style>
         <div style='background:#ff0000'></div><div style='background:#0000ff'></div>",
    )
}

/// 3,000 px tall: green, with a last strip of red.
#[handler]
fn tall() -> Html<&'static str> {
    Html(
        "<!doctype html><style>body{margin:0}</style>
         <div style='height:2900px;background:#00ff00'></div><div style='height:100px;background:#ff0000'></div>",
    )
}

/// White, until an answer that takes as long as it says adds a blue box that covers it.
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

/// A page that counts who asks for it.
#[handler]
fn counted(Data(visited): Data<&Arc<watch::Sender<usize>>>) -> Html<&'static str> {
    visited.send_modify(|visits| *visits += 1);
    Html("<!doctype html><p>counted")
}

/// Elsewhere, by script.
#[handler]
fn leave(Query(After { after }): Query<After>) -> Html<String> {
    Html(format!("<!doctype html><script>location = '{after}'</script>"))
}

/// Red for a visitor that it remembers, green for a new one.
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

/// A page whose picture never comes.
#[handler]
fn never() -> Html<&'static str> {
    Html("<!doctype html><body style='margin:0;background:#00ff00'><img src='/forever' width=1 height=1>")
}

/// An answer that never comes.
#[handler]
async fn forever() -> Response {
    std::future::pending().await
}

/// A page whose script never ends.
#[handler]
fn spin() -> Html<&'static str> {
    Html("<!doctype html><p>spinning</p><script>while (true) {}</script>")
}

/// A page that wants to be clicked away first.
#[handler]
fn alert() -> Html<&'static str> {
    Html("<!doctype html><script>alert('hello')</script><body style='margin:0;background:#00ff00'>")
}

/// A page of its own for what is not there.
#[handler]
fn missing() -> Response {
    Html("<!doctype html><body style='margin:0;background:#ff0000'>").into_response_404()
}

/// Elsewhere.
#[handler]
fn redirect() -> Redirect {
    Redirect::temporary("/flag")
}

/// Three sheets of A4, and words on each.
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
