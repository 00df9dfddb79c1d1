//! Pages that a test adds to the site, and the requests that arrived.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use poem::http::{HeaderMap, StatusCode};
use poem::{Request, Response};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::TEST_TIMEOUT;

/// A request that arrived at the site.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// The address it was sent to.
    pub to: Option<IpAddr>,
    /// Its path.
    pub path: String,
    /// Its query, empty if it has none.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
}

/// A path whose responses are held back until the test releases them.
pub struct HeldResponse(Arc<watch::Sender<bool>>);

type Respond = Arc<dyn Fn(&RecordedRequest) -> Response + Send + Sync>;

#[derive(Clone)]
enum Page {
    Immediate(Respond),
    Held(watch::Receiver<bool>),
}

/// The pages of a site.
#[derive(Default)]
pub(crate) struct Pages {
    pages: Mutex<HashMap<String, Page>>,
    requests: watch::Sender<Vec<RecordedRequest>>,
}

impl Pages {
    pub(crate) fn put(&self, path: &str, respond: impl Fn(&RecordedRequest) -> Response + Send + Sync + 'static) {
        self.pages.lock().expect("no panic").insert(path.to_owned(), Page::Immediate(Arc::new(respond)));
    }

    pub(crate) fn hold(&self, path: &str) -> HeldResponse {
        let (release, released) = watch::channel(false);
        self.pages.lock().expect("no panic").insert(path.to_owned(), Page::Held(released));
        HeldResponse(Arc::new(release))
    }

    pub(crate) fn requests(&self, path: &str) -> Vec<RecordedRequest> {
        self.requests.borrow().iter().filter(|request| request.path == path).cloned().collect()
    }

    pub(crate) async fn wait_for_requests(&self, path: &str, min: usize) {
        let mut requests = self.requests.subscribe();
        let enough = requests.wait_for(|all| all.iter().filter(|request| request.path == path).count() >= min);
        timeout(TEST_TIMEOUT, enough)
            .await
            .unwrap_or_else(|_| panic!("fewer than {min} requests for {path}"))
            .expect("the site is open");
    }

    /// Records a request, whether or not there is such a page, and responds to it.
    pub(crate) async fn respond(&self, request: RecordedRequest) -> Response {
        self.requests.send_modify(|requests| requests.push(request.clone()));
        let page = self.pages.lock().expect("no panic").get(&request.path).cloned();
        match page {
            Some(Page::Immediate(respond)) => respond(&request),
            Some(Page::Held(mut released)) => {
                let _released = released.wait_for(|released| *released).await;
                Response::builder().header("Access-Control-Allow-Origin", "*").finish()
            }
            None => StatusCode::NOT_FOUND.into(),
        }
    }
}

impl HeldResponse {
    /// Responds to the requests that wait, and to every later one.
    pub fn release(&self) {
        self.0.send_replace(true);
    }
}

impl RecordedRequest {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            to: request.local_addr().as_socket_addr().map(|address| address.ip().to_canonical()),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
        }
    }

    /// Returns a header as text, empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
