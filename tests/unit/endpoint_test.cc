#include "agent/send/endpoint.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <utility>

#include "tests/support/fakes.h"
#include "tests/support/listed.h"

namespace embeddables {
namespace {

using test::Failed;
using test::Http;

Config GoodConfig() {
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_secret";
  return config;
}

Request MakeRequest(const Config& config, test::Listed props = {}) {
  EventRules rules;
  rules.event_id_key = config.event_id_key;
  std::size_t bytes = 0;
  EXPECT_TRUE(MeasureEvent(rules, "level_complete", props, {}, &bytes).ok());
  std::string encoded(bytes, '\0');
  EncodeEvent(rules, "level_complete", props, {}, EventStamp(), encoded.data());
  Record record;
  EXPECT_TRUE(DecodeRecord(encoded, &record));
  return Endpoint(config).MakeRequest(record, "email", ValueJson("a@b.c"), 1'640'995'200'000);
}

bool HasHeader(const Request& request, const std::string& header) {
  return std::find(request.headers.begin(), request.headers.end(), header) != request.headers.end();
}

TEST(EndpointRequest, IsAsTheVendorDescribes) {
  Config config = GoodConfig();
  config.extra_headers = {{"X-Relay", "kiosk 7"}};
  const Request request = MakeRequest(config, {{"level", 3}});
  EXPECT_EQ(request.url, "https://api.embeddables.com/projects/pr_demo/events");
  EXPECT_TRUE(HasHeader(request, "X-Api-Key: rk_secret"));
  EXPECT_TRUE(HasHeader(request, "Content-Type: application/json"));
  EXPECT_TRUE(HasHeader(request, "Accept: application/json"));
  EXPECT_TRUE(HasHeader(request, std::string("User-Agent: embeddables-agent/") + kVersion));
  EXPECT_TRUE(HasHeader(request, "X-Relay: kiosk 7"));

  rapidjson::Document body;
  body.Parse(request.body.c_str());
  ASSERT_TRUE(body.IsObject()) << request.body;
  EXPECT_EQ(body.MemberCount(), 5u);
  EXPECT_STREQ(body["embeddable_id"].GetString(), "flow_demo");
  EXPECT_STREQ(body["timestamp"].GetString(), "2022-01-01T00:00:00.000Z");
  EXPECT_STREQ(body["custom_event_name"].GetString(), "level_complete");
  ASSERT_EQ(body["identifiers"].Size(), 1u);
  EXPECT_STREQ(body["identifiers"][0]["key"].GetString(), "email");
  EXPECT_STREQ(body["identifiers"][0]["value"].GetString(), "\"a@b.c\"");
  rapidjson::Document props;
  props.Parse(body["custom_event_props"].GetString());
  EXPECT_EQ(props["level"].GetInt(), 3);
  EXPECT_EQ(std::string(props["event_id"].GetString()).size(), 36u);
}

TEST(EndpointRequest, PropsAreAlwaysThere) {
  Config config = GoodConfig();
  config.event_id_key.clear();
  rapidjson::Document body;
  const Request request = MakeRequest(config);
  body.Parse(request.body.c_str());
  EXPECT_STREQ(body["custom_event_props"].GetString(), "{}");
}

TEST(EndpointRequest, IsUtf8WhateverTheIdentifiersKeyIs) {
  Record record;
  const Request request = Endpoint(GoodConfig()).MakeRequest(record, "e\xff", "\"x\"", 0);
  EXPECT_NE(request.body.find("\"e\xef\xbf\xbd\""), std::string::npos) << request.body;
}

TEST(EndpointRequest, EncodesTheProjectIdAndJoinsTheBaseUrl) {
  Config config = GoodConfig();
  config.project_id = "pr_a/b c\xC3\xA4?";
  config.base_url = "https://relay.example/path/";
  config.api_key.clear();
  const Request request = MakeRequest(config);
  EXPECT_EQ(request.url, "https://relay.example/path/projects/pr_a%2Fb%20c%C3%A4%3F/events");
  for (const std::string& header : request.headers) {
    EXPECT_EQ(header.find("X-Api-Key"), std::string::npos);
  }
}

TEST(EndpointCheck, AcceptsWhatCanWork) {
  EXPECT_TRUE(Endpoint::Check(GoodConfig()).ok());
  Config relay = GoodConfig();
  relay.api_key.clear();
  for (const char* url : {"https://relay.example", "http://127.0.0.1:8080", "http://localhost:1",
                          "http://[::1]:8080/x", "https://[fe80::1%25eth0]", "https://a_b-c:65535",
                          "https://relay.example:"}) {
    relay.base_url = url;
    EXPECT_TRUE(Endpoint::Check(relay).ok()) << url;
  }
  relay.base_url = "http://relay.example";
  relay.allow_plain_http = true;
  EXPECT_TRUE(Endpoint::Check(relay).ok());
}

TEST(EndpointCheck, PlainHttpToThisDeviceMustNotLeaveItByAProxy) {
  Config config = GoodConfig();
  config.base_url = "http://localhost:8080";
  config.proxy = "http://proxy.example:3128";
  const std::string why = Endpoint::Check(config).message();
  EXPECT_NE(why.find("Config::proxy"), std::string::npos) << why;
  config.allow_plain_http = true;
  EXPECT_TRUE(Endpoint::Check(config).ok());
}

TEST(EndpointCheck, RefusesWhatCannot) {
  const auto refused = [](auto change) {
    Config config = GoodConfig();
    change(&config);
    const Status status = Endpoint::Check(config);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(status.message()).find("secret"), std::string::npos);
    return std::string(status.message());
  };
  EXPECT_NE(refused([](Config* c) { c->project_id = "flow_x"; }).find("project_id"),
            std::string::npos);
  EXPECT_NE(refused([](Config* c) { c->embeddable_id = "pr_x"; }).find("embeddable_id"),
            std::string::npos);
  refused([](Config* c) { c->api_key = "sk_secret"; });
  refused([](Config* c) { c->api_key = "rk_secret\n"; });
  refused([](Config* c) { c->api_key = "rk_secret "; });
  refused([](Config* c) { c->base_url = "http://api.embeddables.com"; });
  refused([](Config* c) { c->base_url = "ftp://x"; });
  refused([](Config* c) { c->base_url = "https://"; });
  refused([](Config* c) { c->base_url = "https://user:pw@host"; });
  refused([](Config* c) { c->base_url = "https://host/?q"; });
  refused([](Config* c) { c->base_url = "http://127.evil.example"; });
  refused([](Config* c) { c->extra_headers = {{"X-A", "v\r\nX-B: w"}}; });
  refused([](Config* c) { c->extra_headers = {{"x-api-key", "v"}}; });
  for (const char* ours : {"Accept-Encoding", "CONTENT-LENGTH", "Content-Type", "Content-Encoding",
                           "Host", "Expect", "Transfer-Encoding", "Connection", "TE", "Upgrade"}) {
    refused([ours](Config* c) { c->extra_headers = {{ours, "v"}}; });
  }
  refused([](Config* c) { c->extra_headers = {{"", "v"}}; });
  refused([](Config* c) { c->extra_headers = {{"X A", "v"}}; });
}

TEST(EndpointCheck, RefusesAHostOrPortThatCannotBe) {
  for (const char* authority :
       {"localhost:99999", "localhost:65536", "localhost:0", "localhost:12ab", "localhost:-1",
        "[::1", "::1", "[::1]x", "[]", "[::1]:x", ":80",
        "b\xC3\xBC"
        "cher.example",
        "a,b", "%41.example"}) {
    Config config = GoodConfig();
    config.base_url = std::string("https://") + authority;
    EXPECT_FALSE(Endpoint::Check(config).ok()) << authority;
    if (authority[0] == ':') continue;
    config.proxy = std::string("http://user:password@") + authority;
    const Status status = Endpoint::CheckProxy(config);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << authority;
    EXPECT_EQ(std::string(status.message()).find("password@1"), std::string::npos);
  }
}

TEST(EndpointCheck, AProxyMayBeOfAnyKindThatLibcurlKnows) {
  Config config = GoodConfig();
  for (const char* proxy : {"", "127.0.0.1:3128", "proxy", "user:p@ss/w rd?#@proxy:3128",
                            "HTTP://proxy/", "https://[::1]:1", "socks5h://localhost/run/tor.sock",
                            "socks5://p", "socks4a://p", "socks4://p", "socks://p"}) {
    config.proxy = proxy;
    EXPECT_TRUE(Endpoint::CheckProxy(config).ok()) << proxy;
  }
  for (const char* proxy : {"user:secret@", "http://proxy:x", "user:a://b@c:d"}) {
    config.proxy = proxy;
    EXPECT_FALSE(Endpoint::CheckProxy(config).ok()) << proxy;
  }
}

const std::string kPin = "sha256//" + std::string(43, 'A') + "=";

TEST(EndpointCheck, AcceptsPinsOfAllOfBase64) {
  Config config = GoodConfig();
  config.base_url = "https://relay.example";
  const std::string all = "sha256//azAZ09+/" + std::string(35, 'b') + "=";
  for (const std::string& pins : {kPin, kPin + ";" + all, all + ";" + kPin + ";" + kPin}) {
    config.pinned_public_key = pins;
    EXPECT_TRUE(Endpoint::Check(config).ok()) << pins;
  }
}

// libcurl takes what is no pin for the name of a file.
TEST(EndpointCheck, RefusesWhatIsNoPin) {
  Config config = GoodConfig();
  config.base_url = "https://relay.example";
  for (const std::string& pins :
       {std::string("/etc/key.pem"), std::string("sha256//"), kPin + ";", ";" + kPin, kPin + kPin,
        kPin + ";key.pem", "sha1//" + std::string(45, 'A') + "=", "sha256//" + std::string(44, 'A'),
        "sha256//" + std::string(42, 'A') + "-="}) {
    config.pinned_public_key = pins;
    const Status status = Endpoint::Check(config);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << pins;
    EXPECT_NE(std::string(status.message()).find("pinned_public_key"), std::string::npos);
  }
}

TEST(EndpointCheck, APinNeedsTls) {
  Config config = GoodConfig();
  config.pinned_public_key = kPin;
  config.base_url = "http://127.0.0.1:8080";
  EXPECT_NE(std::string(Endpoint::Check(config).message()).find("https"), std::string::npos);
}

Verdict Read(const Response& response) { return Endpoint(GoodConfig()).Read(response); }

TEST(Verdict, SuccessNeedsAnEvent) {
  const char* event = R"({"entry_id":"entry_1","project_id":"pr_x"})";
  EXPECT_EQ(Read(Http(200, event)).kind, VerdictKind::kDelivered);
  EXPECT_EQ(Read(Http(201, event)).kind, VerdictKind::kDelivered);
  EXPECT_EQ(Read(Http(200, event, false)).kind, VerdictKind::kDelivered);
  EXPECT_FALSE(Read(Http(200, event)).in_unknown_form);
}

TEST(Verdict, AnotherSuccessOverTlsIsDeliveredInAnUnknownForm) {
  for (const char* body : {"", " \r\n", "{}", R"({"ok":true})", R"({"entry_id":5})"}) {
    const Verdict verdict = Read(Http(200, body));
    EXPECT_EQ(verdict.kind, VerdictKind::kDelivered) << body;
    EXPECT_TRUE(verdict.in_unknown_form) << body;
  }
  for (const char* body : {"<html>", "[]", "1", "{", "\"x\""}) {
    EXPECT_EQ(Read(Http(200, body)).kind, VerdictKind::kUnconfirmed) << body;
  }
  const Verdict error = Read(Http(200, R"({"error":{"code":"X","message":"not stored"}})"));
  EXPECT_EQ(error.kind, VerdictKind::kUnconfirmed) << "the server said that it has not got it";
  EXPECT_EQ(error.message, "not stored");
}

// Before it is cut, or its beginning would be left.
TEST(Verdict, ShowsNoIdentifier) {
  const Endpoint endpoint(GoodConfig());
  for (std::size_t pad = 0; pad < 220; ++pad) {
    const std::string body = R"({"error":{"code":"X","message":")" + std::string(pad, '.') +
                             R"( Ann@Example.org and again ann@example.org"}})";
    const Verdict verdict = endpoint.Read(Http(500, body), R"("ann@example.org")");
    EXPECT_EQ(verdict.message.find("nn@"), std::string::npos) << verdict.message;
    EXPECT_EQ(verdict.message.find("Ann"), std::string::npos) << verdict.message;
  }
}

TEST(Verdict, ShowsNoSecretInAnotherDress) {
  Config config = GoodConfig();
  config.api_key = "rk_live_AB/CD/EF/0123456789+=";
  const Endpoint endpoint(config);
  for (const char* said :
       {R"({"error":{"code":"X","message":"key rk_live_AB%2FCD%2FEF%2F0123456789%2B%3D"}})",
        R"({"error":{"code":"X","message":"key rk_live_AB\\/CD\\/EF\\/0123456789+="}})"}) {
    EXPECT_EQ(endpoint.Read(Http(400, said)).message, "key [secret]");
  }
  EXPECT_EQ(endpoint.FirstWords(Http(400, R"(key rk_live_AB\/CD\/EF\/0123456789+=)"), ""),
            "key [secret]");
}

TEST(Verdict, KeysThatComeAndGoPushNoOtherSecretOut) {
  Config config = GoodConfig();
  config.api_key = "rk_present";
  config.extra_headers = {{"Authorization", "Bearer tok_ABCDEFGH"}};
  config.proxy = "http://user:hunter2hunter2@127.0.0.1:3128";
  Endpoint endpoint(config);
  for (int i = 0; i < 100; ++i) endpoint.SetApiKey("rk_number_" + std::to_string(i / 10));
  const char* said =
      R"({"error":{"code":"X","message":"tok_ABCDEFGH hunter2hunter2 rk_present rk_number_9"}})";
  EXPECT_EQ(endpoint.Read(Http(400, said)).message, "[secret] [secret] [secret] [secret]");
}

TEST(Verdict, AnUnknownUserNamesItsThreeCauses) {
  const std::string words(500, 'x');
  for (const std::string& said : {std::string("nobody"), words}) {
    const std::string message =
        Read(Http(404, R"({"error":{"code":"ENTRY_NOT_FOUND","message":")" + said + "\"}}"))
            .message;
    EXPECT_LE(message.size(), 200u);
    EXPECT_EQ(message.substr(0, 6), said.substr(0, 6));
    EXPECT_NE(message.find("check Config::embeddable_id,"), std::string::npos) << message;
    EXPECT_NE(message.find("user data: email or user_email"), std::string::npos) << message;
    EXPECT_NE(message.find("quoted twice"), std::string::npos) << message;
  }
}

TEST(Verdict, APortalIsNotTheServer) {
  for (const char* body : {"", "{}", "<html>log in</html>"}) {
    EXPECT_EQ(Read(Http(200, body, false)).kind, VerdictKind::kPortal) << body;
  }
  EXPECT_EQ(Read(Http(302, "", false)).kind, VerdictKind::kPortal);
  EXPECT_EQ(Read(Http(407)).kind, VerdictKind::kPortal);
  EXPECT_EQ(Read(Http(511)).kind, VerdictKind::kPortal);
}

TEST(Verdict, FollowsTheTable) {
  const char* error = R"({"error":{"code":"X","message":"because"}})";
  const struct {
    int status;
    const char* body;
    VerdictKind kind;
  } rows[] = {
      {401, "", VerdictKind::kCredentials},
      {403, error, VerdictKind::kCredentials},
      {403, "<html>", VerdictKind::kRejected},
      {404, R"({"error":{"code":"ENTRY_NOT_FOUND","message":"m"}})", VerdictKind::kUnknownUser},
      {404, error, VerdictKind::kConfiguration},
      {404, "", VerdictKind::kConfiguration},
      {402, "", VerdictKind::kConfiguration},
      {405, "", VerdictKind::kConfiguration},
      {410, "", VerdictKind::kConfiguration},
      {426, "", VerdictKind::kConfiguration},
      {301, "", VerdictKind::kConfiguration},
      {307, "", VerdictKind::kConfiguration},
      {421, "", VerdictKind::kMisdirected},
      {400, error, VerdictKind::kRejected},
      {413, "", VerdictKind::kRejected},
      {415, "", VerdictKind::kRejected},
      {422, "", VerdictKind::kRejected},
      {418, "", VerdictKind::kRejected},
      {408, "", VerdictKind::kRetry},
      {425, "", VerdictKind::kRetry},
      {429, "", VerdictKind::kRetry},
      {500, error, VerdictKind::kRetry},
      {502, "<html>", VerdictKind::kRetry},
      {503, "", VerdictKind::kRetry},
      {599, "", VerdictKind::kRetry},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Read(Http(row.status, row.body)).kind, row.kind) << row.status << row.body;
  }
  EXPECT_EQ(Read(Http(400, error)).message, "because");
}

TEST(Verdict, NetworkFailuresKeepTheirKind) {
  for (const NetworkError error : {NetworkError::kResolve, NetworkError::kConnect,
                                   NetworkError::kTimeout, NetworkError::kBroken}) {
    EXPECT_EQ(Read(Failed(error)).kind, VerdictKind::kNetwork);
    EXPECT_FALSE(Read(Failed(error)).tls_failed);
  }
  EXPECT_TRUE(Read(Failed(NetworkError::kTls)).tls_failed);
  Response untrusted = Failed(NetworkError::kTls);
  untrusted.error_text = std::string(500, 'x');
  const std::string advice = Read(untrusted).message;
  EXPECT_LE(advice.size(), 200u);
  EXPECT_NE(advice.find("Config::ca_file and Config::pinned_public_key"), std::string::npos);
}

std::int64_t RetryAfter(const std::string& value, const std::string& date = "") {
  Response response = Http(503);
  response.retry_after = value;
  response.date = date;
  return Read(response).retry_after.count();
}

TEST(Verdict, RetryAfterInBothForms) {
  EXPECT_EQ(RetryAfter("120"), 120'000);
  EXPECT_EQ(RetryAfter("0"), 0);
  EXPECT_EQ(RetryAfter(""), -1);
  EXPECT_EQ(RetryAfter("-5"), -1);
  EXPECT_EQ(RetryAfter("soon"), -1);
  EXPECT_EQ(RetryAfter("99999999999999999999"), 366LL * 86'400'000);
  // A date counts from the response's own Date, whatever the local clock says.
  EXPECT_EQ(RetryAfter("Wed, 21 Oct 2015 07:28:30 GMT", "Wed, 21 Oct 2015 07:28:00 GMT"), 30'000);
  // A leap second, as RFC 9110 lets it be written.
  EXPECT_EQ(RetryAfter("Sat, 31 Dec 2016 23:59:60 GMT", "Sat, 31 Dec 2016 23:59:30 GMT"), 30'000);
  EXPECT_EQ(RetryAfter("Wed, 21 Oct 2015 07:27:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT"), 0);
  EXPECT_EQ(RetryAfter("Wed, 21 Oct 2015 07:28:30 GMT"), -1);
}

TEST(Verdict, MessagesAreShortAndPrintable) {
  const std::string body =
      R"({"error":{"code":"X","message":")" + std::string(1000, 'm') + R"(\n\u0001"}})";
  const Verdict verdict = Read(Http(400, body));
  EXPECT_LE(verdict.message.size(), 200u);
  EXPECT_EQ(verdict.message.find('\n'), std::string::npos);
}

TEST(Verdict, HostileBodiesDoNoHarm) {
  EXPECT_EQ(Read(Http(200, std::string(100'000, '['))).kind, VerdictKind::kUnconfirmed);
  EXPECT_EQ(Read(Http(404, std::string(100'000, '{'))).kind, VerdictKind::kConfiguration);
  EXPECT_EQ(Read(Http(401, R"({"error":{"code":1,"message":[]}})")).kind,
            VerdictKind::kCredentials);
}

TEST(Verdict, AnEventHiddenBehindANulIsNone) {
  const std::string body = "<html>" + std::string(1, '\0') + R"({"entry_id":"e"})";
  EXPECT_EQ(Read(Http(200, body, false)).kind, VerdictKind::kPortal);
  EXPECT_EQ(Read(Http(200, body)).kind, VerdictKind::kUnconfirmed);
}

TEST(Verdict, WhatIsConfirmedIsDeliveredHoweverTheAnswerEnds) {
  const std::string confirmed = R"({"entry_id":"e","custom_event_props":")";
  for (const NetworkError error :
       {NetworkError::kNone, NetworkError::kBroken, NetworkError::kTimeout}) {
    for (const bool tls : {false, true}) {
      Response response = Http(200, confirmed, tls);
      response.error = error;
      EXPECT_EQ(Read(response).kind, VerdictKind::kDelivered);
      EXPECT_FALSE(Read(response).in_unknown_form);
      response.status = 500;
      EXPECT_EQ(Read(response).kind, VerdictKind::kRetry) << "only a 2xx confirms";
    }
  }
}

TEST(Verdict, AConfirmationBehindMoreThanIsKeptIsSeen) {
  const std::string props(300'000, 'x');
  const Response response =
      Http(200, R"({"custom_event_props":")" + props + R"(","entry_id":"e"})", false);
  EXPECT_EQ(response.body.size(), kMaxResponseBody);
  EXPECT_EQ(Read(response).kind, VerdictKind::kDelivered);
  const Verdict other = Read(Http(200, R"({"custom_event_props":")" + props + R"("})"));
  EXPECT_EQ(other.kind, VerdictKind::kDelivered);
  EXPECT_TRUE(other.in_unknown_form) << "a whole object, though a long one";
}

TEST(Verdict, ByteOrderMarksAreSkipped) {
  const std::string mark = "\xef\xbb\xbf";
  EXPECT_EQ(Read(Http(200, mark + R"({"entry_id":"e"})", false)).kind, VerdictKind::kDelivered);
  EXPECT_EQ(Read(Http(404, mark + R"({"error":{"code":"ENTRY_NOT_FOUND","message":"m"}})")).kind,
            VerdictKind::kUnknownUser);
}

TEST(Verdict, AnErrorThatIsCutIsReadAsFarAsItGoes) {
  const std::string body =
      R"({"error":{"code":"ENTRY_NOT_FOUND","message":"m"},"more":")" + std::string(70'000, 'x');
  EXPECT_EQ(Read(Http(404, body)).kind, VerdictKind::kUnknownUser);
  EXPECT_EQ(Read(Http(403, body)).kind, VerdictKind::kCredentials);
}

TEST(Verdict, ABodyThatCannotBeReadLeavesTheStatus) {
  const auto read = [](int status, bool tls) {
    Response response = Http(status, "", tls);
    response.unreadable = true;
    response.error_text = "Unrecognized content encoding type";
    return Read(response);
  };
  EXPECT_EQ(read(200, true).kind, VerdictKind::kUnconfirmed) << "and not taken for an empty one";
  EXPECT_NE(read(200, true).message.find("Unrecognized"), std::string::npos);
  EXPECT_EQ(read(200, false).kind, VerdictKind::kPortal);
  EXPECT_EQ(read(401, true).kind, VerdictKind::kCredentials);
  EXPECT_EQ(read(400, true).kind, VerdictKind::kRejected);
  EXPECT_EQ(read(503, true).kind, VerdictKind::kRetry);
}

}  // namespace
}  // namespace embeddables
