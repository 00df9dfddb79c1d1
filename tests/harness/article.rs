//! An article whose photographs load when they come near the viewport.

use poem::http::header::CONTENT_TYPE;
use poem::web::{Path, Query};
use poem::{IntoResponse, Response, Route, get, handler};
use serde::Deserialize;

const ARTICLE: &str = include_str!("../visual/pages/article.html");

const PHOTOS: [(&str, &[u8]); 6] = [
    ("dawn.jpg", include_bytes!("../visual/pages/photos/dawn.jpg")),
    ("noon.jpg", include_bytes!("../visual/pages/photos/noon.jpg")),
    ("lake.jpg", include_bytes!("../visual/pages/photos/lake.jpg")),
    ("dusk.jpg", include_bytes!("../visual/pages/photos/dusk.jpg")),
    ("autumn.jpg", include_bytes!("../visual/pages/photos/autumn.jpg")),
    ("night.jpg", include_bytes!("../visual/pages/photos/night.jpg")),
];

pub(crate) fn routes() -> Route {
    Route::new().at("/article", get(article)).at("/:photo", get(photo))
}

/// The article, with lazy or eager photographs, and optionally without one of them.
#[handler]
fn article(Query(Photos { loading, without }): Query<Photos>) -> Response {
    let article = ARTICLE.replace("loading=\"lazy\"", &format!("loading=\"{loading}\""));
    let article = article.replace(&format!("src=\"/gallery/{without}.jpg\""), "");
    article.with_header(CONTENT_TYPE, "text/html; charset=utf-8").into_response()
}

#[derive(Deserialize)]
struct Photos {
    loading: String,
    #[serde(default)]
    without: String,
}

#[handler]
fn photo(Path(name): Path<String>) -> Response {
    let (_, bytes) = PHOTOS.iter().find(|(photo, _)| *photo == name).expect("a photograph of the gallery");
    bytes.with_header(CONTENT_TYPE, "image/jpeg").into_response()
}
