//! Pages that a test puts on the site, and who came for them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use poem::http::{HeaderMap, StatusCode};
use poem::{Request, Response};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::PATIENCE;

/// Somebody came for a page.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The address they came to.
    pub at: Option<IpAddr>,
    /// Path.
    pub path: String,
    /// What was asked with it; empty where nothing was.
    pub query: String,
    /// The request's headers.
    pub headers: HeaderMap,
}

/// A page that is not answered before the test lets go.
pub struct Held(Arc<watch::Sender<bool>>);

type Answer = Arc<dyn Fn(&Visit) -> Response + Send + Sync>;

#[derive(Clone)]
enum Page {
    Answered(Answer),
    Held(watch::Receiver<bool>),
}

/// What tests have put on a site.
#[derive(Default)]
pub(crate) struct Pages {
    pages: Mutex<HashMap<String, Page>>,
    came: watch::Sender<Vec<Visit>>,
}

impl Pages {
    pub(crate) fn put(&self, path: &str, answer: impl Fn(&Visit) -> Response + Send + Sync + 'static) {
        self.pages.lock().expect("no panic").insert(path.to_owned(), Page::Answered(Arc::new(answer)));
    }

    pub(crate) fn hold(&self, path: &str) -> Held {
        let (release, released) = watch::channel(false);
        self.pages.lock().expect("no panic").insert(path.to_owned(), Page::Held(released));
        Held(Arc::new(release))
    }

    pub(crate) fn came(&self, path: &str) -> Vec<Visit> {
        self.came.borrow().iter().filter(|visit| visit.path == path).cloned().collect()
    }

    pub(crate) async fn until_came(&self, path: &str, times: usize) {
        let mut came = self.came.subscribe();
        let enough = came.wait_for(|came| came.iter().filter(|visit| visit.path == path).count() >= times);
        timeout(PATIENCE, enough).await.unwrap_or_else(|_| panic!("nobody came for {path}")).expect("the site is open");
    }

    /// Everybody is noted, also who comes for what is not there.
    pub(crate) async fn answer(&self, visit: Visit) -> Response {
        self.came.send_modify(|came| came.push(visit.clone()));
        let page = self.pages.lock().expect("no panic").get(&visit.path).cloned();
        match page {
            Some(Page::Answered(answer)) => answer(&visit),
            Some(Page::Held(mut released)) => {
                let _let_go = released.wait_for(|released| *released).await;
                Response::builder().header("Access-Control-Allow-Origin", "*").finish()
            }
            None => StatusCode::NOT_FOUND.into(),
        }
    }
}

impl Held {
    /// Answers whoever waits, and whoever comes later.
    pub fn release(&self) {
        self.0.send_replace(true);
    }
}

impl Visit {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            at: request.local_addr().as_socket_addr().map(|address| address.ip().to_canonical()),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
        }
    }

    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
