#!/bin/sh
# Makes a PDF in three steps: submits a job, polls it, and downloads the file: async.sh URL
set -eu
call() { curl --silent --show-error --fail-with-body --header "X-API-Key: $TINTYPE_KEY" "$@"; }
text() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; } # a field of a JSON object

accepted=$(call "$TINTYPE_URL/v1/pdf" --header 'Content-Type: application/json' \
    --data "{\"url\": \"$1\", \"async_mode\": true}") || { echo "$accepted" >&2; exit 1; }
poll_url=$(echo "$accepted" | text poll_url)

status=queued
while [ "$status" = queued ] || [ "$status" = processing ]; do
    job=$(call "$TINTYPE_URL$poll_url?wait_s=30") # returns as soon as the job has ended
    status=$(echo "$job" | text status)
done
if [ "$status" = failed ]; then
    echo "$job" | text error_message >&2
    exit 1
fi

call "$TINTYPE_URL$(echo "$job" | text result_url)" --output page.pdf
