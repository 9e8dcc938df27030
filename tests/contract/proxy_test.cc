// `embeddables-collector --proxy`: what it found right goes on to another server, verified by TLS,
// and the answer of that server comes back.

#include <gtest/gtest.h>
#include <httplib.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/contract/breakages.h"
#include "tests/support/certificates.h"
#include "tests/support/collector.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

httplib::Result Send(const std::string& url, const RawRequest& request = {}) {
  httplib::Client client(url);
  client.set_read_timeout(60);
  return client.Post(request.path.c_str(), {{"X-Api-Key", request.key}}, request.Body(),
                     request.content_type.c_str());
}

// What the page is told of the first request.
std::string Told(const std::string& url) {
  std::string text;
  httplib::Client client(url);
  client.set_read_timeout(60);
  client.Get("/_live", [&text](const char* data, std::size_t size) {
    text.append(data, size);
    return text.find("\"kind\":\"request\"") == std::string::npos;
  });
  return text;
}

TEST(CollectorProxy, SendsOnWhatIsRightAndShowsBothSides) {
  Collector upstream({"--api-key", "rk_demo"});
  Collector proxy({"--proxy", upstream.url()});
  RawRequest wrong;
  wrong.name = "\"Not Snake\"";
  EXPECT_EQ(Send(proxy.url(), wrong)->status, 400);
  EXPECT_TRUE(upstream.Answers().empty()) << "what is wrong stays here";
  proxy.Reset();
  const auto answer = Send(proxy.url());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_NE(answer->body.find("entry_local"), std::string::npos);
  ASSERT_EQ(upstream.CountReceived(), 1u);
  EXPECT_EQ(upstream.Received()[0].props, R"({"level":3})");
  EXPECT_EQ(upstream.Received()[0].identifier_value, R"("a@b.c")");
  EXPECT_EQ(proxy.CountReceived(), 1u);
  const std::string told = Told(proxy.url());
  EXPECT_NE(told.find(R"("upstream":{"status":200)"), std::string::npos) << told;
  EXPECT_NE(told.find("entry_local"), std::string::npos) << told;
  EXPECT_NE(told.find("\"proxy\":\"" + upstream.url()), std::string::npos) << told;
}

TEST(CollectorProxy, PassesTheAnswerOn) {
  Collector upstream;
  Collector proxy({"--proxy", upstream.url() + "/"});
  upstream.SetFaults(R"({"status":{"429":1},"retry_after":"7"})");
  const auto answer = Send(proxy.url());
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->get_header_value("Retry-After"), "7");
  EXPECT_EQ(answer->get_header_value_count("Date"), 1u);
  EXPECT_NE(answer->body.find("as asked for by /_faults"), std::string::npos) << answer->body;
  EXPECT_EQ(proxy.CountReceived(), 0u);
  EXPECT_NE(Told(proxy.url()).find(R"("result":"upstream","status":429)"), std::string::npos);
  upstream.SetFaults(R"({"down_s":3600})");
  EXPECT_EQ(Send(proxy.url())->status, 502);
  // Its own faults are the proxy's, and are not asked about elsewhere.
  upstream.SetFaults("{}");
  const auto before = upstream.Answers();
  proxy.SetFaults(R"({"status":{"503":1}})");
  EXPECT_EQ(Send(proxy.url())->status, 503);
  EXPECT_EQ(upstream.Answers(), before);
}

TEST(CollectorProxy, AnAnswerWithoutABodyIsPassedOnAndToldOnce) {
  httplib::Server upstream;
  upstream.set_keep_alive_max_count(1);  // or its end waits for the connection's
  upstream.Post(
      ".*", [](const httplib::Request&, httplib::Response& response) { response.status = 500; });
  const int port = upstream.bind_to_any_port("127.0.0.1");
  std::thread serves([&upstream] { upstream.listen_after_bind(); });
  Collector proxy({"--proxy", "http://127.0.0.1:" + std::to_string(port)});
  const auto answer = Send(proxy.url());
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body, "");
  const std::string told = Told(proxy.url());
  EXPECT_NE(told.find(R"("result":"upstream")"), std::string::npos) << told;
  EXPECT_EQ(told.find(R"("result":"refused")"), std::string::npos) << told;
  EXPECT_EQ(httplib::Client(proxy.url()).Get("/_refused")->body, "");
  upstream.stop();
  serves.join();
}

TEST(CollectorProxy, VerifiesTheServersCertificate) {
  Authority authority;
  const Certificate own = authority.Issue("DNS:localhost");
  Collector upstream({"--tls", own.certificate, own.key});
  const std::string url = "https://localhost:" + std::to_string(upstream.port());
  const auto through = [&url](const Environment& environment) {
    Process proxy({Binary("embeddables-collector"), "--port", "0", "--quiet", "--proxy", url},
                  environment);
    const std::string line = proxy.ReadLine();
    return Send(line.substr(line.rfind(' ') + 1))->status;
  };
  EXPECT_EQ(through({}), 502);
  EXPECT_EQ(upstream.CountReceived(), 0u) << "nothing is told to a stranger";
  EXPECT_EQ(through({{"SSL_CERT_FILE", authority.ca_file()}}), 200);
  EXPECT_EQ(upstream.CountReceived(), 1u);
}

TEST(CollectorProxy, WhatIsNoUrlIsRefused) {
  for (const std::string wrong : {"upstream.example", "ftp://upstream.example", "https://",
                                  "https:///path", "http://host/?a=b", "http://me@host"}) {
    Process process({Binary("embeddables-collector"), "--port", "0", "--proxy", wrong}, {}, true);
    const std::string said = process.ReadAll();
    EXPECT_EQ(process.Wait(), 2) << wrong;
    EXPECT_NE(said.find("--proxy"), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace embeddables::test
