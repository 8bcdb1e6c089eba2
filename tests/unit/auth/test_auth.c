/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "identity/service_key.h"
#include "unit/identity/fixture.h"

#define MUTUAL "https://sub.authentication.cert.example/oauth/token"
#define PLAIN "https://sub.authentication.example/oauth/token"
#define CONFIGURATION "https://sub.authentication.example/.well-known/openid-configuration"
#define ALIASES "{\"mtls_endpoint_aliases\":{\"token_endpoint\":\"" MUTUAL "\"}}"
#define SECRET "c0ffee$a+b/c="
#define API "https://tenant.example/api/v1/Things"
#define TEXT_SIZE 512

/* Both servers: numbers the tokens it gives, and accepts the newest from @p refuses_below on. */
typedef struct world {
    const char *lifetime;   /* JSON member, with its comma, or "" */
    const char *alias_body; /* of the configuration */
    long token_status;
    cihsm_status reachable; /* of the token host */
    const char *advice;     /* NULL: none */
    unsigned refused;       /* requests of the API still to be answered 401 */
    int64_t now_ms;
    unsigned tokens;
    unsigned configurations;
    unsigned calls;
    bool with_certificate;                /* the last question to a token host */
    bool is_final;                        /* what is not reachable never will be */
    char url[TEXT_SIZE], form[TEXT_SIZE]; /* of the last token request */
    char authorization[TEXT_SIZE], accept[TEXT_SIZE], body[TEXT_SIZE], method[16]; /* API */
    char log[2 * TEXT_SIZE];
    http_exchange *started[4]; /* in flight: their heads come with the next wait */
    unsigned waits, cancelled, woken;
} world;

static void copy_header(const http_request *request, const char *name, char out[TEXT_SIZE])
{
    out[0] = '\0';
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0) {
            assert_string_equal(out, ""); /* each once */
            snprintf(out, TEXT_SIZE, "%s", request->headers[i].value);
        }
    }
}

static cihsm_status say(http_response *response, long status, const char *body, cihsm_error *err)
{
    buffer_clear(&response->body);
    response->status = status;
    return buffer_append_text(&response->body, body, err);
}

static cihsm_status give_token(world *of, const http_request *request, http_response *response,
                               cihsm_error *err)
{
    char body[TEXT_SIZE];
    char type[TEXT_SIZE];
    assert_string_equal(request->method, "POST");
    copy_header(request, "Content-Type", type);
    assert_string_equal(type, "application/x-www-form-urlencoded");
    snprintf(of->url, TEXT_SIZE, "%s", request->url);
    snprintf(of->form, TEXT_SIZE, "%.*s", (int)request->body_len, (const char *)request->body);
    of->tokens++;
    snprintf(body, sizeof body, "{\"access_token\":\"token-%u\"%s}", of->tokens, of->lifetime);
    return say(response, of->token_status, of->token_status == 200 ? body : "{}", err);
}

static cihsm_status ask_token_host(void *user, bool with_certificate, const http_request *request,
                                   http_response *response, cihsm_error *err)
{
    world *of = user;
    of->with_certificate = with_certificate;
    if (of->reachable != CIHSM_OK) {
        response->is_final = of->is_final;
        return cihsm_fail(err, of->reachable, CIHSM_FROM_CURL, 7, "no connection to sub");
    }
    if (strcmp(request->url, CONFIGURATION) == 0) {
        assert_string_equal(request->method, "GET");
        assert_null(request->body);
        of->configurations++;
        return say(response, 200, of->alias_body, err);
    }
    return give_token(of, request, response, err);
}

static cihsm_status answer_api(void *context, const http_request *request, http_response *response,
                               cihsm_error *err)
{
    world *of = context;
    of->calls++;
    copy_header(request, "Authorization", of->authorization);
    copy_header(request, "Accept", of->accept);
    snprintf(of->method, sizeof of->method, "%s", request->method);
    snprintf(of->body, TEXT_SIZE, "%.*s", (int)request->body_len,
             request->body == NULL ? "" : (const char *)request->body);
    if (of->refused > 0) {
        of->refused--;
        return say(response, 401, "", err);
    }
    return say(response, 200, "done", err);
}

static http_exchange **place_of(world *of, const http_exchange *exchange)
{
    for (size_t i = 0; i < sizeof of->started / sizeof *of->started; i++) {
        if (of->started[i] == exchange) {
            return &of->started[i];
        }
    }
    return NULL;
}

static cihsm_status start_api(void *context, const http_request *request, http_exchange *exchange,
                              cihsm_error *err)
{
    world *of = context;
    assert_string_equal(request->url, API);
    exchange->has_head = false;
    exchange->is_done = false;
    exchange->carrier = of;
    http_exchange **place = place_of(of, NULL);
    assert_non_null(place);
    *place = exchange;
    return answer_api(context, request, &exchange->response, err);
}

static cihsm_status wait_for_api(void *context, long timeout_ms, cihsm_error *err)
{
    world *of = context;
    (void)err;
    of->waits++;
    for (size_t i = 0; i < sizeof of->started / sizeof *of->started; i++) {
        http_exchange *exchange = of->started[i];
        if (exchange != NULL) {
            exchange->is_done = exchange->has_head; /* at the second wait */
            exchange->has_head = true;
            exchange->carrier = exchange->is_done ? NULL : of;
            of->started[i] = exchange->is_done ? NULL : exchange;
        }
    }
    assert_int_equal(timeout_ms, 1000);
    return CIHSM_OK;
}

static void cancel_api(void *context, http_exchange *exchange)
{
    world *of = context;
    http_exchange **place = place_of(of, exchange);
    of->cancelled++;
    exchange->carrier = NULL;
    if (place != NULL) {
        *place = NULL;
    }
}

static void wake_api(void *context)
{
    world *of = context;
    of->woken++;
}

static cihsm_status give_advice(void *user, char **out, cihsm_error *err)
{
    const world *of = user;
    return text_set(out, of->advice, err);
}

static int64_t now_us(void *context)
{
    return ((const world *)context)->now_ms * 1000;
}

static void remember(void *user, cihsm_log_level level, const char *component, const char *message)
{
    world *of = user;
    (void)level;
    const size_t len = strlen(of->log);
    snprintf(of->log + len, sizeof of->log - len, "%s: %s\n", component, message);
}

static const world WORLD = {.lifetime = ",\"token_type\":\"bearer\",\"expires_in\":1000",
                            .alias_body = ALIASES,
                            .token_status = 200};

static cihsm_service_key *secret_key(const char *token_url)
{
    char text[TEXT_SIZE];
    snprintf(text, sizeof text,
             "{\"clientid\":\"sb-1!b2|it!b3\",\"clientsecret\":\"" SECRET "\",\"tokenurl\":\"%s\","
             "\"url\":\"https://tenant.example\"}",
             token_url);
    cihsm_service_key *key = NULL;
    assert_int_equal(service_key_parse(text, strlen(text), "k.json", &key, NULL), CIHSM_OK);
    return key;
}

static cihsm_status open_auth(world *of, const cihsm_service_key *key, bool by_certificate,
                              auth **out, cihsm_error *err)
{
    static cihsm_log log;
    log = (cihsm_log){.write = remember, .user = of, .level = CIHSM_LOG_TRACE};
    const auth_config config = {.service_key = key,
                                .by_certificate = by_certificate,
                                .api = {.send = answer_api,
                                        .start = start_api,
                                        .wait = wait_for_api,
                                        .cancel = cancel_api,
                                        .wake = wake_api,
                                        .context = of},
                                .ask = ask_token_host,
                                .advise = give_advice,
                                .clock = {.now_us = now_us, .context = of},
                                .user = of,
                                .log = &log};
    return auth_new(&config, out, err);
}

static cihsm_status call(auth *with, const char *method, const char *body, long *http,
                         cihsm_error *err)
{
    const http_header headers[] = {{"Accept", "application/json"}};
    const http_request request = {.method = method,
                                  .url = API,
                                  .headers = headers,
                                  .header_count = 1,
                                  .body = body,
                                  .body_len = body == NULL ? 0 : strlen(body)};
    CIHSM_AUTO(http_response_free) http_response response;
    http_response_init(&response, 4096);
    const http_transport transport = auth_transport(with);
    const cihsm_status status = transport.send(transport.context, &request, &response, err);
    *http = response.status;
    return status;
}

static void get_well(auth *with)
{
    long http = 0;
    cihsm_error err = {0};
    if (call(with, "GET", NULL, &http, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(http, 200);
}

static void a_secret_goes_into_the_body_with_its_plus_intact(void **state)
{
    (void)state;
    world of = WORLD;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    assert_int_equal(of.tokens, 0); /* no network before the first request */
    get_well(with);
    assert_string_equal(of.url, PLAIN);
    assert_string_equal(of.form, "grant_type=client_credentials&client_id=sb-1%21b2%7Cit%21b3"
                                 "&client_secret=c0ffee%24a%2Bb%2Fc%3D");
    assert_false(of.with_certificate);
    assert_string_equal(of.authorization, "Bearer token-1");
    assert_string_equal(of.accept, "application/json");
}

static void a_certificate_needs_no_secret_and_no_discovery_at_the_cert_host(void **state)
{
    (void)state;
    world of = WORLD;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(MUTUAL);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, true, &with, NULL), CIHSM_OK);
    get_well(with);
    assert_string_equal(of.url, MUTUAL);
    assert_string_equal(of.form, "grant_type=client_credentials&client_id=sb-1%21b2%7Cit%21b3");
    assert_true(of.with_certificate);
    assert_int_equal(of.configurations, 0);
}

static void the_host_for_certificates_is_discovered_once(void **state)
{
    (void)state;
    world of = WORLD;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, true, &with, NULL), CIHSM_OK);
    get_well(with);
    of.now_ms += 2000000;
    get_well(with);
    assert_string_equal(of.url, MUTUAL);
    assert_int_equal(of.tokens, 2);
    assert_int_equal(of.configurations, 1);
}

static void a_host_that_names_no_alias_is_a_clear_failure(void **state)
{
    (void)state;
    world of = WORLD;
    of.alias_body = "{}";
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, true, &with, NULL), CIHSM_OK);
    long http = 0;
    cihsm_error err = {0};
    assert_int_equal(call(with, "GET", NULL, &http, &err), CIHSM_E_PROTOCOL);
    assert_non_null(strstr(err.message, "mtls_endpoint_aliases"));
    assert_int_equal(of.calls, 0);
}

static void a_token_serves_until_shortly_before_it_expires(void **state)
{
    (void)state;
    const struct {
        const char *lifetime;
        int64_t serves_ms; /* from the question on */
    } rows[] = {
        {",\"expires_in\":43200", 43140000}, /* a minute before */
        {",\"expires_in\":100", 90000},      /* a tenth before */
        {",\"expires_in\":1", 900},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world of = WORLD;
        of.lifetime = rows[i].lifetime;
        of.now_ms = 5000;
        CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
        CIHSM_AUTO(auth_free) auth *with = NULL;
        assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
        get_well(with);
        of.now_ms += rows[i].serves_ms - 1;
        get_well(with);
        assert_int_equal(of.tokens, 1);
        of.now_ms += 1;
        get_well(with);
        assert_int_equal(of.tokens, 2);
        assert_string_equal(of.authorization, "Bearer token-2");
    }
}

static void a_token_without_a_lifetime_serves_until_it_is_refused(void **state)
{
    (void)state;
    world of = WORLD;
    of.lifetime = "";
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    get_well(with);
    of.now_ms += INT64_C(1000) * 86400 * 365;
    get_well(with);
    assert_int_equal(of.tokens, 1);
    of.refused = 1;
    get_well(with);
    assert_int_equal(of.tokens, 2);
}

static void one_401_is_answered_with_a_new_token_and_the_same_request(void **state)
{
    (void)state;
    world of = WORLD;
    of.refused = 1;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    long http = 0;
    assert_int_equal(call(with, "PUT", "{\"a\":1}", &http, NULL), CIHSM_OK);
    assert_int_equal(http, 200);
    assert_int_equal(of.calls, 2);
    assert_int_equal(of.tokens, 2);
    assert_string_equal(of.method, "PUT");
    assert_string_equal(of.body, "{\"a\":1}");
    assert_string_equal(of.authorization, "Bearer token-2");
}

static void a_second_401_is_passed_on(void **state)
{
    (void)state;
    world of = WORLD;
    of.refused = 9;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    long http = 0;
    assert_int_equal(call(with, "GET", NULL, &http, NULL), CIHSM_OK);
    assert_int_equal(http, 401);
    assert_int_equal(of.calls, 2);
    assert_int_equal(of.tokens, 2);
}

static void without_a_token_nothing_is_sent_to_the_tenant(void **state)
{
    (void)state;
    world of = WORLD;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    long http = 0;
    cihsm_error refused = {0};
    of.token_status = 401;
    assert_int_equal(call(with, "GET", NULL, &http, &refused), CIHSM_E_REFUSED);
    assert_int_equal(refused.native, 401);

    cihsm_error unreachable = {0};
    of.reachable = CIHSM_E_NETWORK;
    assert_int_equal(call(with, "GET", NULL, &http, &unreachable), CIHSM_E_NETWORK);
    assert_string_equal(unreachable.message, "no OAuth token: no connection to sub");
    assert_int_equal(unreachable.native, 7);
    assert_int_equal(of.calls, 0);
}

static void what_the_handshake_showed_is_advised_for_certificates_only(void **state)
{
    (void)state;
    const struct {
        bool by_certificate;
        const char *advice;
        const char *says;
    } rows[] = {
        {true, "the chain ends too early", "; the chain ends too early"},
        {true, NULL, "own list"},
        {false, "the chain ends too early", "copy the service key again"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world of = WORLD;
        of.token_status = 401;
        of.advice = rows[i].advice;
        CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(MUTUAL);
        CIHSM_AUTO(auth_free) auth *with = NULL;
        assert_int_equal(open_auth(&of, key, rows[i].by_certificate, &with, NULL), CIHSM_OK);
        long http = 0;
        cihsm_error err = {0};
        assert_int_equal(call(with, "GET", NULL, &http, &err), CIHSM_E_REFUSED);
        assert_non_null(strstr(err.message, rows[i].says));
    }
}

/* --- several at once --------------------------------------------------------------------- */

static cihsm_status start(auth *with, http_exchange *exchange, cihsm_error *err)
{
    char url[] = API; /* neither it nor the header outlives the call */
    char accept[] = "application/json";
    const http_header headers[] = {{"Accept", accept}};
    const http_request request = {
        .method = "GET", .url = url, .headers = headers, .header_count = 1};
    const http_transport transport = auth_transport(with);
    http_exchange_init(exchange, 4096);
    const cihsm_status status = transport.start(transport.context, &request, exchange, err);
    memset(url, 'x', sizeof url - 1);
    memset(accept, 'x', sizeof accept - 1);
    return status;
}

static void wait_once(auth *with)
{
    const http_transport transport = auth_transport(with);
    assert_int_equal(transport.wait(transport.context, 1000, NULL), CIHSM_OK);
}

static void a_started_request_carries_the_token(void **state)
{
    (void)state;
    world of = WORLD;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    assert_int_equal(start(with, &exchange, NULL), CIHSM_OK);
    assert_string_equal(of.authorization, "Bearer token-1");
    assert_string_equal(of.accept, "application/json");
    wait_once(with);
    assert_true(exchange.has_head);
    assert_int_equal(exchange.response.status, 200);
    wait_once(with);
    assert_true(exchange.is_done);
    const http_transport transport = auth_transport(with);
    transport.wake(transport.context);
    assert_int_equal(of.woken, 1);
    assert_int_equal(of.tokens, 1);
    assert_int_equal(of.cancelled, 0);
}

static void started_requests_that_are_refused_share_one_new_token(void **state)
{
    (void)state;
    world of = WORLD;
    of.refused = 3;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    http_exchange exchanges[3];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(start(with, &exchanges[i], NULL), CIHSM_OK);
    }
    wait_once(with); /* the refusals are not seen */
    assert_int_equal(of.tokens, 2);
    assert_int_equal(of.cancelled, 3);
    assert_string_equal(of.authorization, "Bearer token-2");
    assert_string_equal(of.accept, "application/json");
    for (size_t i = 0; i < 3; i++) {
        assert_false(exchanges[i].has_head);
        assert_false(exchanges[i].is_done);
    }
    wait_once(with);
    for (size_t i = 0; i < 3; i++) {
        assert_true(exchanges[i].has_head);
        assert_int_equal(exchanges[i].response.status, 200);
        http_exchange_free(&exchanges[i]);
    }
    assert_int_equal(of.calls, 6);
}

static void a_started_request_is_refused_once_more_at_most(void **state)
{
    (void)state;
    world of = WORLD;
    of.refused = 9;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    assert_int_equal(start(with, &exchange, NULL), CIHSM_OK);
    wait_once(with);
    assert_false(exchange.has_head);
    wait_once(with);
    assert_true(exchange.has_head);
    assert_int_equal(exchange.response.status, 401);
    wait_once(with);
    assert_true(exchange.is_done);
    assert_int_equal(of.calls, 2);
    assert_int_equal(of.tokens, 2);
}

static void a_refusal_without_a_new_token_ends_the_exchange(void **state)
{
    (void)state;
    world of = WORLD;
    of.refused = 1;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    assert_int_equal(start(with, &exchange, NULL), CIHSM_OK);
    of.reachable = CIHSM_E_NETWORK;
    wait_once(with);
    assert_true(exchange.is_done);
    assert_null(exchange.carrier);
    assert_int_equal(exchange.failure.status, CIHSM_E_NETWORK);
    assert_string_equal(exchange.failure.message, "no OAuth token: no connection to sub");

    CIHSM_AUTO(http_exchange_free) http_exchange second;
    of.now_ms += INT64_C(1000) * 1000;
    assert_int_equal(start(with, &second, NULL), CIHSM_E_NETWORK);
    assert_int_equal(of.calls, 1);
}

/* The key that logs in to the token host signed nothing, say. */
static void what_is_of_no_use_to_repeat_is_told_to_who_repeats(void **state)
{
    (void)state;
    world of = WORLD;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    const http_request request = {.method = "GET", .url = API};
    const http_transport transport = auth_transport(with);
    CIHSM_AUTO(http_response_free) http_response response;
    http_response_init(&response, 4096);
    for (int i = 0; i < 2; i++) {
        of.reachable = CIHSM_E_TIMEOUT;
        of.is_final = i == 0;
        assert_int_equal(transport.send(transport.context, &request, &response, NULL),
                         CIHSM_E_TIMEOUT);
        assert_int_equal(response.is_final, i == 0);
    }
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    of.is_final = true;
    assert_int_equal(start(with, &exchange, NULL), CIHSM_E_TIMEOUT);
    assert_true(exchange.response.is_final);
}

static void a_cancelled_request_is_not_started_again(void **state)
{
    (void)state;
    world of = WORLD;
    of.refused = 2;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    CIHSM_AUTO(http_exchange_free) http_exchange left;
    assert_int_equal(start(with, &exchange, NULL), CIHSM_OK);
    assert_int_equal(start(with, &left, NULL), CIHSM_OK); /* auth_free lets it go */
    const http_transport transport = auth_transport(with);
    transport.cancel(transport.context, &exchange);
    assert_int_equal(of.cancelled, 1);
    assert_null(exchange.carrier);
    get_well(with); /* a send looks at the others only when they have a head */
    assert_int_equal(of.calls, 3);
}

static void neither_secret_nor_token_is_logged(void **state)
{
    (void)state;
    world of = WORLD;
    of.refused = 1;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = secret_key(PLAIN);
    CIHSM_AUTO(auth_free) auth *with = NULL;
    assert_int_equal(open_auth(&of, key, false, &with, NULL), CIHSM_OK);
    get_well(with);
    assert_non_null(strstr(of.log, "OAuth token by client secret from " PLAIN ", for 1000 s"));
    assert_non_null(strstr(of.log, "once more with a new one"));
    assert_null(strstr(of.log, "token-1"));
    assert_null(strstr(of.log, "c0ffee"));
}

static cihsm_service_key *external_key(const char *client_id, const char *token_url)
{
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *pair = fixture_key();
    CIHSM_AUTO(x509_cleanup)
    X509 *leaf = fixture_certificate("leaf", pair, NULL, pair, &(fixture_wish){0});
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&leaf, 1);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *fields = cihsm_value_new_object();
    const char *const rows[][2] = {{"clientid", client_id},
                                   {"tokenurl", token_url},
                                   {"url", "https://tenant.example"},
                                   {"certificate", pem}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i][1] != NULL) {
            assert_int_equal(cihsm_value_set_string(fields, rows[i][0], rows[i][1], NULL),
                             CIHSM_OK);
        }
    }
    CIHSM_AUTO(text_free) char *text = fixture_json(fields);
    cihsm_service_key *key = NULL;
    assert_int_equal(service_key_parse(text, strlen(text), "k.json", &key, NULL), CIHSM_OK);
    return key;
}

static void a_service_key_without_the_fields_of_oauth_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *client_id;
        const char *token_url;
        bool by_certificate;
        const char *says;
    } rows[] = {
        {NULL, MUTUAL, true, "no field clientid"},
        {"sb-1", NULL, true, "no field tokenurl"},
        {"sb-1", MUTUAL, false, "no field clientsecret"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world of = WORLD;
        CIHSM_AUTO(cihsm_service_key_free)
        cihsm_service_key *key = external_key(rows[i].client_id, rows[i].token_url);
        auth *with = NULL;
        cihsm_error err = {0};
        assert_int_equal(open_auth(&of, key, rows[i].by_certificate, &with, &err), CIHSM_E_CONFIG);
        assert_non_null(strstr(err.message, rows[i].says));
        assert_null(with);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_goes_into_the_body_with_its_plus_intact),
        cmocka_unit_test(a_certificate_needs_no_secret_and_no_discovery_at_the_cert_host),
        cmocka_unit_test(the_host_for_certificates_is_discovered_once),
        cmocka_unit_test(a_host_that_names_no_alias_is_a_clear_failure),
        cmocka_unit_test(a_token_serves_until_shortly_before_it_expires),
        cmocka_unit_test(a_token_without_a_lifetime_serves_until_it_is_refused),
        cmocka_unit_test(one_401_is_answered_with_a_new_token_and_the_same_request),
        cmocka_unit_test(a_second_401_is_passed_on),
        cmocka_unit_test(without_a_token_nothing_is_sent_to_the_tenant),
        cmocka_unit_test(what_the_handshake_showed_is_advised_for_certificates_only),
        cmocka_unit_test(a_started_request_carries_the_token),
        cmocka_unit_test(started_requests_that_are_refused_share_one_new_token),
        cmocka_unit_test(a_started_request_is_refused_once_more_at_most),
        cmocka_unit_test(a_refusal_without_a_new_token_ends_the_exchange),
        cmocka_unit_test(what_is_of_no_use_to_repeat_is_told_to_who_repeats),
        cmocka_unit_test(a_cancelled_request_is_not_started_again),
        cmocka_unit_test(neither_secret_nor_token_is_logged),
        cmocka_unit_test(a_service_key_without_the_fields_of_oauth_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
