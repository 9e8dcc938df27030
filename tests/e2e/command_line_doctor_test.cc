// `doctor`: each line about settings and network is made to fail by a real fault, and it disturbs
// nothing.

#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/doctor_fixture.h"
#include "tests/support/inspecting.h"
#include "tests/support/raw_server.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

std::string Refusal() {
  return HttpAnswer("400 Bad Request", R"({"error":{"code":"BAD_REQUEST","message":"no"}})",
                    "Content-Type: application/json\r\n");
}
bool IsPost(const std::string& request) { return request.rfind("POST ", 0) == 0; }

TEST_F(Doctor, FindsNothingWrongAndSaysSoInALineEach) {
  const Collector collector({"--api-key", "rk_demokey"});
  PointAt(collector.url());
  MakeStore();
  EXPECT_EQ(Examine(), 0) << output_;
  for (const char* name : {"settings", "dns", "proxy", "tls", "server", "portal", "key", "clock",
                           "disk", "fsync", "store", "memory", "processes"}) {
    const bool may_warn = std::string(name) == "disk" || std::string(name) == "fsync";
    EXPECT_TRUE(Verdict(name) == "ok" || (may_warn && Verdict(name) == "warn"))
        << name << " in " << output_;
  }
  for (const char* name : {"project", "entry"}) Expect(name, "not known", "");
  EXPECT_EQ(lines_.count("flash"), 1u);
  EXPECT_EQ(lines_.count("test_event"), 0u) << "nobody asked for it";

  EXPECT_EQ(Run({"doctor"}), 0);
  EXPECT_TRUE(Said("dns         ok         127.0.0.1 is an address")) << output_;
  EXPECT_TRUE(Said("project     not known  ")) << output_;
}

TEST_F(Doctor, CreatesNoEventUnlessAskedForOneThatIsMarked) {
  Collector collector({"--api-key", "rk_demokey"});
  PointAt(collector.url());
  EXPECT_EQ(Examine(), 0) << output_;
  EXPECT_EQ(collector.CountReceived(), 0u);
  EXPECT_FALSE(fs::exists(store_)) << "it makes no store";
  EXPECT_EQ(Examine({"--send-test-event"}), 0) << output_;
  Expect("test_event", "ok", "embeddables_agent_doctor");
  Expect("entry", "ok", "");
  Expect("key", "ok", "test event");
  Expect("project", "ok", "");
  const std::vector<ReceivedEvent> received = collector.Received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].name, "embeddables_agent_doctor");
  EXPECT_EQ(received[0].event_id.size(), 36u);
  EXPECT_NE(received[0].props.find("\"test\":true"), std::string::npos) << received[0].props;
  EXPECT_EQ(received[0].identifier_value, "\"person@here.example\"");
}

TEST_F(Doctor, SendsNoTestEventWithoutConsent) {
  Collector collector;
  PointAt(collector.url());
  MakeStore();
  ASSERT_EQ(Run({"consent", "denied"}), 0) << output_;
  EXPECT_EQ(Examine({"--send-test-event"}), 0) << output_;
  Expect("test_event", "not known", "consent was denied");
  ASSERT_EQ(Run({"consent", "unknown"}), 0) << output_;
  ASSERT_EQ(Run({"track", "x", "--no-flush", "--consent-required"}), 0) << output_;
  Examine({"--send-test-event"});
  Expect("test_event", "not known", "consent is required");
  EXPECT_EQ(collector.CountReceived(), 0u);
}

TEST_F(Doctor, SettingsThatAreMissingComeFirst) {
  environment_["EMBEDDABLES_PROJECT"] = "";
  EXPECT_EQ(Examine(), 2);
  Expect("settings", "fail", "the project is not set");
  Expect("server", "not known", "");
  environment_["EMBEDDABLES_PROJECT"] = "flow_demo";
  EXPECT_EQ(Examine(), 2);
  Expect("settings", "fail", "EMBEDDABLES_PROJECT must begin with pr_");
}

TEST_F(Doctor, ANameThatDoesNotExist) {
  PointAt("https://no-such-host.invalid");
  environment_["RES_OPTIONS"] = "attempts:1 timeout:1";
  EXPECT_EQ(Examine(), 4);
  Expect("dns", "fail", "no-such-host.invalid");
  EXPECT_NE(lines_["dns"].next.find("EMBEDDABLES_BASE_URL"), std::string::npos) << output_;
  Expect("server", "not known", "");
}

TEST_F(Doctor, AProxyThatDoesNotAnswerOrRefuses) {
  const std::string dead = "http://me:hidden_word@127.0.0.1:" + std::to_string(FreePort());
  EXPECT_EQ(Examine({"--proxy", dead}), 4);
  Expect("proxy", "fail", "(--proxy): ");
  Expect("dns", "not known", "the proxy looks up");
  EXPECT_FALSE(Said("hidden_word")) << output_;

  Answer([](const std::string&) {
    return HttpAnswer("407 Proxy Authentication Required", "", "Proxy-Authenticate: Basic\r\n");
  });
  const std::string proxy = server_->url();
  PointAt("https://api.here.example");
  environment_["https_proxy"] = proxy;
  EXPECT_EQ(Examine(), 4);
  Expect("proxy", "fail", "(https_proxy): ");
  EXPECT_NE(lines_["proxy"].what.find("407"), std::string::npos) << output_;
  environment_["no_proxy"] = "here.example";
  environment_["RES_OPTIONS"] = "attempts:1 timeout:1";
  EXPECT_EQ(Examine(), 4);
  Expect("proxy", "ok", "none");
}

TEST_F(Doctor, PlainHttpBeyondThisDevice) {
  environment_["RES_OPTIONS"] = "attempts:1 timeout:1";
  PointAt("http://no-such-host.invalid");
  EXPECT_EQ(Examine(), 4);
  Expect("tls", "warn", "anybody on the way can read");
}

TEST_F(Doctor, AServerThatDoesNotAnswerOrIsBusy) {
  EXPECT_EQ(Examine(), 4);
  Expect("server", "fail", "");
  Expect("key", "not known", "");
  Expect("clock", "not known", "");
  server_ = std::make_unique<RawServer>([](RawConnection* connection) {
    std::string request;
    connection->ReadRequest(&request);
    connection->Reset();
  });
  PointAt(server_->url());
  EXPECT_EQ(Examine(), 4);
  Expect("server", "fail", "no answer");
  Answer([](const std::string&) { return HttpAnswer("503 Service Unavailable", "{}"); });
  EXPECT_EQ(Examine(), 4);
  Expect("server", "fail", "HTTP 503");
}

TEST_F(Doctor, APortal) {
  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"portal":true})");
  EXPECT_EQ(Examine(), 4);
  Expect("portal", "fail", "text/html");
  Expect("server", "not known", "");
  Expect("key", "not known", "");
  Answer([](const std::string&) { return HttpAnswer("511 Network Authentication Required", ""); });
  EXPECT_EQ(Examine(), 4);
  Expect("portal", "fail", "HTTP 511");
}

TEST_F(Doctor, AKeyIsAcceptedRefusedOrCannotBeTold) {
  const Collector strict({"--api-key", "rk_another"});
  PointAt(strict.url());
  EXPECT_EQ(Examine(), 6);
  Expect("key", "fail", "HTTP 401");
  EXPECT_NE(lines_["key"].next.find("EMBEDDABLES_API_KEY"), std::string::npos) << output_;
  environment_["EMBEDDABLES_API_KEY"] = "rk_another";
  EXPECT_EQ(Examine(), 0) << output_;
  Expect("key", "ok", "made-up key");
  const Collector any;
  PointAt(any.url());
  EXPECT_EQ(Examine(), 0) << output_;
  Expect("key", "not known", "whatever the key is");
  environment_["EMBEDDABLES_API_KEY"] = "";
  Answer([](const std::string&) { return Refusal(); });
  environment_["EMBEDDABLES_API_KEY"] = "";
  EXPECT_EQ(Examine(), 0) << output_;
  Expect("key", "not known", "relay");
}

TEST_F(Doctor, AProjectIsKnownUnknownOrCannotBeTold) {
  Answer([](const std::string& request) {
    return IsPost(request) ? Refusal() : HttpAnswer("200 OK", R"({"entries":[]})");
  });
  EXPECT_EQ(Examine(), 0) << output_;
  Expect("project", "ok", "entries can be read");
  Expect("key", "ok", "reading");
  Answer([](const std::string&) { return HttpAnswer("404 Not Found", "{}"); });
  EXPECT_EQ(Examine(), 6);
  Expect("project", "fail", "HTTP 404");
  Answer([](const std::string& request) {
    return IsPost(request) ? Refusal()
                           : HttpAnswer("404 Not Found",
                                        R"({"error":{"code":"PROJECT_NOT_FOUND","message":""}})");
  });
  EXPECT_EQ(Examine(), 6);
  Expect("project", "fail", "PROJECT_NOT_FOUND");
  Answer([](const std::string& request) {
    return IsPost(request) ? Refusal() : HttpAnswer("403 Forbidden", "{}");
  });
  EXPECT_EQ(Examine(), 0) << output_;
  Expect("project", "not known", "HTTP 403");
}

TEST_F(Doctor, APersonWhomTheServerDoesNotKnow) {
  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"unknown_users":true})");
  EXPECT_EQ(Examine({"--send-test-event"}), 3);
  Expect("entry", "fail", "HTTP 404");
  Expect("test_event", "fail", "");
  Expect("project", "ok", "");
  EXPECT_FALSE(Said("person@here.example")) << output_;
  EXPECT_EQ(Run({"track", "x", "--timeout", "2"}), 4) << output_;
  EXPECT_EQ(Examine(), 3);
  Expect("entry", "fail", "stored events");
}

TEST_F(Doctor, ATestEventThatIsRefused) {
  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"by_event":{"embeddables_agent_doctor":422}})");
  EXPECT_EQ(Examine({"--send-test-event"}), 3);
  Expect("test_event", "fail", "HTTP 422");
  environment_["EMBEDDABLES_IDENTIFIER"] = "";
  EXPECT_EQ(Examine({"--send-test-event"}), 0);
  Expect("test_event", "not known", "--identifier");
}

std::string DateAgo(std::time_t seconds) {
  const std::time_t then = std::time(nullptr) - seconds;
  const std::tm* const parts = std::gmtime(&then);
  char text[60];
  std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", parts);
  return text;
}

TEST_F(Doctor, AClockThatIsWrong) {
  const auto at = [this](std::time_t ago) {
    Answer([ago](const std::string&) {
      return HttpAnswer("400 Bad Request", R"({"error":{"code":"B","message":"no"}})",
                        DateAgo(ago));
    });
    return Examine();
  };
  EXPECT_EQ(at(0), 0) << output_;
  Expect("clock", "ok", "");
  EXPECT_EQ(at(600), 0) << output_;
  Expect("clock", "warn", "ahead of the server's");
  EXPECT_EQ(at(-7200), 4);
  Expect("clock", "fail", "behind the server's");
}

TEST_F(Doctor, DisturbsNeitherStoreNorAgentAndShowsNoSecret) {
  const Collector strict({"--api-key", "rk_another"});
  PointAt(strict.url());
  MakeStore();
  const Tree before = TreeOf({directory_ / "store"});
  Run({"doctor", "--header", "X-Device: token_of_device", "--send-test-event"});
  ExpectSame(before, TreeOf({directory_ / "store"}));
  for (const char* secret : {"rk_demokey", "token_of_device", "person@here.example"}) {
    EXPECT_FALSE(Said(secret)) << secret << " in " << output_;
  }
  // A server that repeats what it was sent.
  Answer([](const std::string&) {
    return HttpAnswer("401 Unauthorized",
                      R"({"error":{"code":"U","message":"bad rk_demokey \u001b[2J"}})");
  });
  EXPECT_EQ(Run({"doctor"}), 6);
  EXPECT_TRUE(Said("bad [secret]")) << output_;
  EXPECT_FALSE(Said("rk_demokey") || Said("\x1b")) << output_;
}

}  // namespace
}  // namespace embeddables::test
