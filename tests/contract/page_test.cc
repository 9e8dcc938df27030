// The live page: its files and headers, who may ask for it, and the stream of what happens.

#include <gtest/gtest.h>
#include <httplib.h>
#include <rapidjson/document.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/contract/breakages.h"
#include "tests/support/collector.h"
#include "tests/support/process.h"
#include "tests/support/tcp.h"

namespace embeddables::test {
namespace {

httplib::Result SendOne(const Collector& collector, const RawRequest& request = {}) {
  httplib::Client client(collector.url());
  return client.Post(request.path.c_str(), {{"X-Api-Key", "rk_demo"}}, request.Body(),
                     request.content_type.c_str());
}

// One open page: collects the stream until a text has come, or it ends.
class Stream {
 public:
  explicit Stream(const std::string& url, const std::string& last_id = "") : client_(url) {
    client_.set_read_timeout(60);
    thread_ = std::thread([this, last_id] {
      const httplib::Headers headers = {{"Last-Event-ID", last_id}};
      client_.Get(
          "/_live", headers,
          [this](const httplib::Response& response) {
            Note([&] {
              status_ = response.status, type_ = response.get_header_value("Content-Type");
            });
            return true;
          },
          [this](const char* data, std::size_t size) {
            Note([&] { text_.append(data, size); });
            return !left_;
          });
      Note([this] { ended_ = true; });
    });
  }
  ~Stream() {
    left_ = true;
    EndBothWays(static_cast<int>(client_.socket()));
    thread_.join();
  }

  // What has come up to and with `wanted`; empty: the stream ended before.
  std::string Until(const std::string& wanted) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto there = [&] { return text_.find(wanted) != std::string::npos; };
    EXPECT_TRUE(
        changed_.wait_for(lock, std::chrono::seconds(30), [&] { return ended_ || there(); }));
    return there() ? text_ : "";
  }
  bool Ends() {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [this] { return ended_; });
  }
  int status() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [this] { return status_ != 0 || ended_; });
    return status_;
  }
  std::string type() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return type_;
  }

 private:
  template <typename Change>
  void Note(Change change) {
    const std::lock_guard<std::mutex> lock(mutex_);
    change();
    changed_.notify_all();
  }

  httplib::Client client_;
  std::atomic<bool> left_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_, type_;
  int status_ = 0;
  bool ended_ = false;
  std::thread thread_;
};

// The id of the last message.
std::string LastId(const std::string& stream) {
  const std::size_t begin = stream.rfind("id: ") + 4;
  return stream.substr(begin, stream.find('\n', begin) - begin);
}

TEST(CollectorPage, NothingButItsOwnFilesMayRunInIt) {
  Collector collector;
  httplib::Client client(collector.url());
  const auto page = client.Get("/");
  ASSERT_TRUE(page && page->status == 200);
  EXPECT_EQ(page->get_header_value("Content-Type"), "text/html; charset=utf-8");
  const std::string policy = page->get_header_value("Content-Security-Policy");
  for (const char* part : {"default-src 'none'", "script-src 'self';", "style-src 'self';",
                           "frame-ancestors 'none'", "base-uri 'none'"}) {
    EXPECT_NE(policy.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(page->get_header_value("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(page->body.find("http://"), std::string::npos) << "nothing from elsewhere";
  EXPECT_EQ(page->body.find("https://"), std::string::npos);
  EXPECT_EQ(page->body.find("style="), std::string::npos);
  EXPECT_EQ(page->body.find(" onclick"), std::string::npos);
  for (const char* file :
       {"page.js", "list.js", "plots.js", "page.css", "icon.svg", "uplot.js", "uplot.css"}) {
    const auto answer = client.Get((std::string("/_page/") + file).c_str());
    ASSERT_TRUE(answer && answer->status == 200) << file;
    EXPECT_EQ(answer->body.find("innerHTML"), std::string::npos) << file;
    EXPECT_EQ(answer->body.find("insertAdjacentHTML"), std::string::npos) << file;
    EXPECT_EQ(answer->body.find("eval("), std::string::npos) << file;
  }
  EXPECT_EQ(client.Get("/_page/nothing.js")->status, 404);
  EXPECT_EQ(client.Get("/_page/..%2fmain.cc")->status, 404);
}

TEST(CollectorPage, APageThatIsOpenedLaterGetsTheCountsOfAll) {
  Collector collector;
  RawRequest wrong;
  wrong.name = "\"Not Snake\"";
  EXPECT_EQ(SendOne(collector, wrong)->status, 400);
  wrong.path = "/no/such/path";
  EXPECT_EQ(SendOne(collector, wrong)->status, 404);
  EXPECT_EQ(SendOne(collector)->status, 200);
  const std::string counts =
      R"("requests":3,"events":1,"duplicates":0,"refused":2,"answers":{"200":1,"400":1,"404":1})";
  Stream later(collector.url());
  const std::string hello = later.Until("event: hello\ndata: {\"fresh\":true");
  EXPECT_NE(later.Until(counts), "") << hello;
  EXPECT_NE(httplib::Client(collector.url()).Get("/_stats")->body.find(counts), std::string::npos);
  collector.Reset();
  EXPECT_NE(later.Until(R"("requests":0,"events":0,"duplicates":0,"refused":0,)"), "");
}

TEST(CollectorPage, OnlyItsOwnNamesAreAnswered) {
  Collector collector({"--allow-host", "Collector.Example"});
  httplib::Client client(collector.url());
  const std::string port = ":" + std::to_string(collector.port());
  for (const std::string path :
       {"/", "/_page/page.js", "/_live", "/_received", "/_refused", "/_stats", "/_faults"}) {
    const auto evil = client.Get(path.c_str(), {{"Host", "evil.example" + port}});
    ASSERT_TRUE(evil) << path;
    EXPECT_EQ(evil->status, 403) << path;
    EXPECT_FALSE(evil->has_header("Access-Control-Allow-Origin"));
  }
  for (const std::string host :
       {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "notlocalhost",
        "10.1.2.3", "[fe80::1]", "", "127.0.0.1@evil.example"}) {
    EXPECT_EQ(client.Get("/_stats", {{"Host", host}})->status, 403) << host;
  }
  for (const std::string host : {"localhost", "LOCALHOST", "game.localhost", "127.0.0.1",
                                 "127.8.8.8", "[::1]", "collector.example"}) {
    EXPECT_EQ(client.Get("/_stats", {{"Host", host}})->status, 200) << host;
    EXPECT_EQ(client.Get("/_stats", {{"Host", host + port}})->status, 200) << host;
  }
}

TEST(CollectorPage, ListeningForOthersTakesAddressesButNoStrangersNames) {
  Collector collector({"--host", "0.0.0.0"});
  httplib::Client client("127.0.0.1", collector.port());
  EXPECT_EQ(client.Get("/_stats", {{"Host", "192.168.1.5:8080"}})->status, 200);
  EXPECT_EQ(client.Get("/_stats", {{"Host", "[fe80::1]:8080"}})->status, 200);
  EXPECT_EQ(client.Get("/_stats", {{"Host", "evil.example:8080"}})->status, 403);
}

TEST(CollectorPage, AnotherSitesPageChangesNothing) {
  Collector collector;
  httplib::Client client(collector.url());
  EXPECT_EQ(SendOne(collector)->status, 200);
  for (const std::string origin : {"http://evil.example", "null", "http://localhost:1"}) {
    const httplib::Headers headers = {{"Origin", origin}};
    EXPECT_EQ(client.Post("/_reset", headers, "", "text/plain")->status, 403) << origin;
    EXPECT_EQ(client.Post("/_faults", headers, "{\"portal\":true}", "text/plain")->status, 403);
    EXPECT_EQ(client.Get("/_received", headers)->status, 403);
    EXPECT_FALSE(client.Options("/_faults", headers)->has_header("Access-Control-Allow-Origin"));
  }
  EXPECT_EQ(collector.CountReceived(), 1u);
  EXPECT_EQ(client.Get("/_faults")->body, "{}\n");
  const httplib::Headers own = {{"Origin", collector.url()}};
  EXPECT_EQ(client.Post("/_reset", own, "", "text/plain")->status, 200);
}

// What stood in the body of a request that was refused is not taken for the next one.
TEST(CollectorPage, ARefusedBodyIsNoRequest) {
  Collector collector;
  httplib::Client client(collector.url());
  client.set_keep_alive(true);
  const std::string smuggled =
      "POST /_faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n\r\n{\"portal\":true}";
  const httplib::Headers evil = {{"Host", "evil.example"}};
  EXPECT_EQ(client.Post("/_faults", evil, smuggled, "text/plain")->status, 403);
  EXPECT_EQ(client.Get("/_faults")->body, "{}\n");
}

TEST(CollectorPage, TellsWhatHappensAsItHappens) {
  Collector collector;
  Stream page(collector.url());
  const std::string hello = page.Until("event: hello");
  EXPECT_NE(hello.find("\"fresh\":true"), std::string::npos) << hello;
  EXPECT_EQ(page.type(), "text/event-stream");
  RawRequest right;
  right.props = R"("{\"event_id\":\"same\",\"level\":3}")";
  EXPECT_EQ(SendOne(collector, right)->status, 200);
  std::string told = page.Until("\"result\":\"kept\"");
  for (const char* part : {"level_complete", R"("key":"email")", R"("value":"\"a@b.c\"")",
                           R"("stamp":"2026-01-31T23:59:59.999Z")", R"("event_id":"same")"}) {
    EXPECT_NE(told.find(part), std::string::npos) << part << told;
  }
  EXPECT_EQ(SendOne(collector, right)->status, 200);
  EXPECT_NE(page.Until("\"duplicate\":true").find(R"("names":{"level_complete":2})"),
            std::string::npos);
  RawRequest wrong;
  wrong.name = "\"Not Snake\"";
  EXPECT_EQ(SendOne(collector, wrong)->status, 400);
  EXPECT_NE(page.Until("\"result\":\"refused\""), "");
  EXPECT_NE(page.Until("custom_event_name must be snake_case"), "");
  collector.SetFaults(R"({"status":{"503":1}})");
  EXPECT_NE(page.Until(R"("faults":{"status":{"503":1.0}})"), "");
  EXPECT_EQ(SendOne(collector)->status, 503);
  EXPECT_NE(page.Until("\"result\":\"fault\""), "");
  collector.SetFaults(R"({"drop_after":1})");
  EXPECT_FALSE(SendOne(collector));
  EXPECT_NE(page.Until("\"result\":\"lost\""), "");
  collector.SetFaults(R"({"down_s":3600})");
  EXPECT_FALSE(SendOne(collector));
  EXPECT_NE(page.Until("\"result\":\"closed\""), "");
  collector.Reset();
  EXPECT_NE(page.Until("\"kind\":\"reset\""), "");
}

TEST(CollectorPage, NoKeyIsToldToIt) {
  Collector collector;
  Stream page(collector.url());
  RawRequest request;
  request.props = R"("{\"oops\":\"rk_demo\",\"other\":\"rk_other\"}")";
  EXPECT_EQ(SendOne(collector, request)->status, 200);
  request.name = "\"rk_demo is no name\"";
  EXPECT_EQ(SendOne(collector, request)->status, 400);
  const std::string told = page.Until("\"result\":\"refused\"");
  ASSERT_NE(told, "");
  EXPECT_EQ(told.find("rk_"), std::string::npos) << told;
}

TEST(CollectorPage, AMessageIsOneLineWhateverTheTextIs) {
  Collector collector;
  Stream page(collector.url());
  RawRequest request;
  request.identifiers = R"([{"key":"a\nid: 1\n\ndata: {}","value":"\"\u2028<script>\""}])";
  request.props = "\"{\\\"long\\\":\\\"" + std::string(100'000, 'x') + "\\\"}\"";
  EXPECT_EQ(SendOne(collector, request)->status, 200);
  const std::string told = page.Until("\"result\":\"kept\"");
  EXPECT_EQ(told.find("\nid: 1\n"), std::string::npos);
  EXPECT_LT(told.size(), 6'000u) << "long texts are shortened";
}

TEST(CollectorPage, GoesOnWhereItWas) {
  Collector collector;
  std::string id;
  {
    Stream page(collector.url());
    EXPECT_EQ(SendOne(collector)->status, 200);
    id = LastId(page.Until("\"result\":\"kept\""));
  }
  RawRequest second;
  second.name = "\"second_one\"";
  EXPECT_EQ(SendOne(collector, second)->status, 200);
  Stream back(collector.url(), id);
  const std::string told = back.Until("second_one\",\"props");
  EXPECT_NE(told.find("\"fresh\":false"), std::string::npos) << told;
  EXPECT_EQ(told.find("\"name\":\"level_complete\""), std::string::npos) << told;
  Stream stranger(collector.url(), "another-run-1");
  const std::string all = stranger.Until("second_one\",\"props");
  EXPECT_NE(all.find("\"fresh\":true"), std::string::npos);
  EXPECT_NE(all.find("\"name\":\"level_complete\""), std::string::npos);
}

// Each open page holds a connection for hours, and an agent does, too.
TEST(CollectorPage, OpenPagesStarveNobody) {
  Collector collector;
  std::vector<std::unique_ptr<Stream>> pages;
  for (int i = 0; i < 32; ++i) {
    pages.push_back(std::make_unique<Stream>(collector.url()));
    EXPECT_EQ(pages.back()->status(), 200);
  }
  std::vector<std::unique_ptr<httplib::Client>> agents;
  for (int i = 0; i < 100; ++i) {
    agents.push_back(std::make_unique<httplib::Client>(collector.url()));
    agents.back()->set_keep_alive(true);
    const auto answer = agents.back()->Get("/_stats");
    ASSERT_TRUE(answer && answer->status == 200) << i;
  }
  EXPECT_EQ(SendOne(collector)->status, 200);
  Stream one_more(collector.url());
  EXPECT_EQ(one_more.status(), 503) << "pages are bounded";
  EXPECT_NE(pages.back()->Until("\"result\":\"kept\""), "");
  // The place of a page that is closed is free once the collector has noticed it.
  pages.erase(pages.begin());
  int status = 503;
  for (int i = 0; i < 300 && status == 503; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    status = Stream(collector.url()).status();
  }
  EXPECT_EQ(status, 200);
}

TEST(CollectorPage, OpenOnesDoNotKeepItFromEnding) {
  Process process({Binary("embeddables-collector"), "--port", "0", "--quiet"});
  const std::string line = process.ReadLine();
  const std::string url = line.substr(line.rfind(' ') + 1);
  Stream page(url);
  EXPECT_NE(page.Until("event: hello"), "");
  httplib::Client agent(url);
  agent.set_keep_alive(true);
  EXPECT_EQ(agent.Get("/_stats")->status, 200);
  const auto begin = std::chrono::steady_clock::now();
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_TRUE(page.Ends());
}

}  // namespace
}  // namespace embeddables::test
