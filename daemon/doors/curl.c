// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>
#include <pthread.h>

#include "base/text.h"
#include "doors/http.h"
#include "doors/mail.h"

enum { DEFAULT_TIMEOUT_MS = 30000, DEFAULT_MOST_BYTES = 16 * 1024 * 1024 };

struct answer {
    struct text text;
    size_t most_bytes;
    bool too_large;
};

static void start_library(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static CURL *new_handle(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_library);
    return curl_easy_init();
}

static size_t keep(char *data, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    if (answer->text.size + size * count > answer->most_bytes) {
        answer->too_large = true;
        return 0;
    }
    text_append(&answer->text, (struct slice){ data, size * count });
    return size * count;
}

struct slice http_url_public(struct arena *arena, const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    const char *end = host + strcspn(host, "/?#"), *sign = NULL;
    for (const char *at = host; at < end; at++)
        sign = *at == '@' ? at : sign;
    return arena_printf(arena, "%.*s%s", (int)(host - url), url, sign ? sign + 1 : host);
}

static void set_body(CURL *curl, const struct http_call *call)
{
    bool post = call->method ? strcmp(call->method, "GET") != 0 : call->body.size != 0;
    if (!post) {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        return;
    }
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.size);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.size ? call->body.data : "");
    if (call->method)
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
}

static struct curl_slist *headers_of(const struct http_call *call, struct arena *arena)
{
    // Waiting for "100 Continue" costs a second with servers that do not know it.
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    const char *type = call->content_type ? call->content_type : "application/octet-stream";
    // Without a body the header is taken away, since the library has one of its own for POST.
    const char *line = call->body.size ? arena_printf(arena, "Content-Type: %s", type).data : "Content-Type:";
    headers = curl_slist_append(headers, line);
    return headers;
}

static void set_options(CURL *curl, const struct http_call *call, struct answer *answer,
                        struct curl_slist *headers, char *detail)
{
    long timeout = call->timeout_ms ? call->timeout_ms : DEFAULT_TIMEOUT_MS;
    curl_easy_setopt(curl, CURLOPT_URL, call->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "comptoir/" COMPTOIR_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (call->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, call->ca_file);
    set_body(curl, call);
}

static bool report(CURLcode code, const struct http_call *call, const struct answer *answer,
                   const char *detail, struct arena *arena, struct error *error)
{
    const char *url = http_url_public(arena, call->url).data;
    if (answer->too_large)
        return error_set(error, ERROR_INVALID, NULL, "the answer of \"%s\" is larger than %zu bytes", url,
                         answer->most_bytes);
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return error_set(error, ERROR_INTERNAL, NULL, "invalid URL \"%s\": write http://... or https://...",
                         url);
    return error_set(error, ERROR_UNAVAILABLE, NULL, "could not reach \"%s\": %s", url,
                     detail[0] ? detail : curl_easy_strerror(code));
}

bool http_call(const struct http_call *call, struct arena *arena, int *status, struct slice *answer,
               struct error *error)
{
    CURL *curl = new_handle();
    if (!curl)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not make a connection handle for \"%s\"",
                         http_url_public(arena, call->url).data);
    struct answer got = { .text = text_in(arena),
                          .most_bytes = call->most_bytes ? call->most_bytes : DEFAULT_MOST_BYTES };
    struct curl_slist *headers = headers_of(call, arena);
    char detail[CURL_ERROR_SIZE] = "";
    set_options(curl, call, &got, headers, detail);
    CURLcode code = curl_easy_perform(curl);
    long code_of_http = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code_of_http);
    bool done = code == CURLE_OK || report(code, call, &got, detail, arena, error);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (!done)
        return false;
    *status = (int)code_of_http;
    *answer = text_slice(&got.text);
    return true;
}

static size_t give(char *data, size_t size, size_t count, void *context)
{
    struct slice *left = context;
    size_t given = size * count < left->size ? size * count : left->size;
    memcpy(data, left->data, given);
    left->data += given;
    left->size -= given;
    return given;
}

static void set_mail(CURL *curl, const struct mail_server *server, struct slice *bytes, char *detail)
{
    long timeout = server->timeout_ms ? server->timeout_ms : DEFAULT_TIMEOUT_MS;
    curl_easy_setopt(curl, CURLOPT_URL, server->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, server->plain ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, bytes);
    if (server->user) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, server->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, server->password ? server->password : "");
    }
    if (server->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, server->ca_file);
}

bool mail_send(const struct mail_server *server, struct slice from, struct slice to, struct slice bytes,
               struct arena *arena, struct error *error)
{
    const char *url = http_url_public(arena, server->url).data;
    CURL *curl = new_handle();
    if (!curl)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not make a connection handle for \"%s\"",
                         url);
    char detail[CURL_ERROR_SIZE] = "";
    struct curl_slist *recipients =
        curl_slist_append(NULL, arena_printf(arena, "<%.*s>", SLICE_ARGS(to)).data);
    set_mail(curl, server, &bytes, detail);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, arena_printf(arena, "<%.*s>", SLICE_ARGS(from)).data);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    CURLcode code = curl_easy_perform(curl);
    long answer = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    curl_slist_free_all(recipients);
    curl_easy_cleanup(curl);
    if (code == CURLE_OK)
        return true;
    // A refused login may be mended on our side, and then the mail goes.
    bool final = answer >= 500 && answer < 600 && code != CURLE_LOGIN_DENIED;
    return error_set(error, final ? ERROR_INVALID : ERROR_UNAVAILABLE, NULL,
                     "mail server \"%s\" did not take a mail to '%.*s': %s", url, SLICE_ARGS(to),
                     detail[0] ? detail : curl_easy_strerror(code));
}
