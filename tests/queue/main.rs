//! The queue alone: `domain` on a real Postgres, with no API, no worker and no Chromium.
