#!/bin/sh
# Takes a screenshot in one call, which returns the file: screenshot.sh URL
set -eu
curl --silent --show-error --fail --output screenshot.png "$TINTYPE_URL/v1/screenshot" \
    --header "X-API-Key: $TINTYPE_KEY" --header 'Content-Type: application/json' \
    --data "{\"url\": \"$1\", \"full_page\": true}"
