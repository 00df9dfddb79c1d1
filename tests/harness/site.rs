//! A web site to render, on this machine alone.

use poem::listener::TcpAcceptor;
use poem::web::Html;
use poem::web::Redirect;
use poem::{Response, Route, get, handler};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The site. It closes when dropped.
pub struct Site {
    port: u16,
    allowed: String,
    _server: JoinSet<()>,
}

impl Site {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let acceptor = TcpAcceptor::from_tokio(listener).expect("a listener");
        let mut server = JoinSet::new();
        server.spawn(async move {
            poem::Server::new_with_acceptor(acceptor).run(routes()).await.expect("the site serves");
        });
        Self { port, allowed: format!("127.0.0.1/32:{port}"), _server: server }
    }

    /// A page's address.
    pub fn page(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
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
        .at("/never", get(never))
        .at("/forever", get(forever))
        .at("/spin", get(spin))
        .at("/alert", get(alert))
        .at("/missing", get(missing))
        .at("/redirect", get(redirect))
        .at("/invoice", get(invoice))
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

/// White, until a script adds a blue box that covers it.
#[handler]
fn late() -> Html<&'static str> {
    Html(
        "<!doctype html><style>body{margin:0}#box{position:fixed;inset:0;background:#0000ff}</style><script>
         setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<div id=box></div>'), 400)</script>",
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
