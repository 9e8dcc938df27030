// What parts.h asks of a transport, asked of the sample's with nobody else there: calls that do not
// block, requests that end when they are cancelled, answers as they came.

#include "samples/own_transport/http_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "tests/support/black_hole.h"
#include "tests/support/collector.h"
#include "tests/support/raw_server.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

using Reply = embeddables::HttpAnswer;

constexpr seconds kTimeout{60};  // of a request; what ends sooner did not wait for it

class Exchange final : public HttpExchange {
 public:
  explicit Exchange(const std::string& url) {
    request_.url = url + "/path?query";
    request_.headers = {{"X-Api-Key", "rk_demo"}};
    request_.body = "{\"event\":\"private\"}";
    request_.connect_timeout = request_.timeout = kTimeout;
    request_.most_answer_bytes = 100;
  }
  HttpRequest* mutable_request() { return &request_; }
  void GiveUp() { wanted_ = false; }
  bool answered() const { return answered_; }
  Reply answer() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return answer_;
  }

  const HttpRequest& request() const override { return request_; }
  bool wanted() const override { return wanted_; }
  void Answer(Reply answer) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    answer_ = std::move(answer);
    answered_ = true;
  }

 private:
  HttpRequest request_;
  std::atomic<bool> wanted_{true}, answered_{false};
  mutable std::mutex mutex_;
  Reply answer_;
};

Reply AnswerOf(const std::string& origin, const std::shared_ptr<Exchange>& exchange) {
  own_transport::HttpThread transport(origin);
  EXPECT_TRUE(transport.Begin(exchange));
  EXPECT_TRUE(WaitFor([&] { return exchange->answered(); }));
  return exchange->answer();
}

// As the agent does it.
void Cancel(own_transport::HttpThread* transport, Exchange* exchange) {
  exchange->GiveUp();
  transport->Cancel(*exchange);
}

// How many connections to the port are being made.
int CountConnecting(int port) {
  char end[32];
  std::snprintf(end, sizeof end, ":%04X 02", static_cast<unsigned>(port));
  std::ifstream file("/proc/net/tcp");
  int count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.find(end) != std::string::npos) ++count;
  }
  return count;
}

TEST(HttpThreadTest, CarriesTheRequestAndTheAnswerAsTheyAre) {
  std::string seen;
  Reply answer;
  {
    RawServer server([&](RawConnection* connection) {
      connection->ReadRequest(&seen);
      connection->Send(HttpAnswer("429 Slow", "words",
                                  "Retry-After: 7\r\nDate: Mon, 30 Nov 2026 00:00:00 GMT\r\n"));
    });
    answer = AnswerOf(server.url(), std::make_shared<Exchange>(server.url()));
  }  // The server's end waits for the thread that has written `seen`.
  EXPECT_EQ(answer.error, HttpError::kNone);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.body, "words");
  EXPECT_EQ(answer.retry_after, "7");
  EXPECT_EQ(answer.date, "Mon, 30 Nov 2026 00:00:00 GMT");
  EXPECT_FALSE(answer.tls_verified);
  EXPECT_EQ(seen.rfind("POST /path?query HTTP/1.1\r\n", 0), 0u) << seen;
  EXPECT_NE(seen.find("\r\nX-Api-Key: rk_demo\r\n"), std::string::npos) << seen;
  EXPECT_NE(seen.find("\r\n\r\n{\"event\":\"private\"}"), std::string::npos) << seen;
}

TEST(HttpThreadTest, AHeadHasNoBody) {
  std::string seen;
  Reply answer;
  {
    RawServer server([&](RawConnection* connection) {
      connection->ReadHead(&seen);
      connection->Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: now\r\n\r\n");
    });
    const auto exchange = std::make_shared<Exchange>(server.url());
    exchange->mutable_request()->head = true;
    exchange->mutable_request()->body.clear();
    answer = AnswerOf(server.url(), exchange);
  }
  EXPECT_EQ(answer.error, HttpError::kNone);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.date, "now");
  EXPECT_EQ(seen.rfind("HEAD /path?query HTTP/1.1\r\n", 0), 0u) << seen;
}

TEST(HttpThreadTest, ALongAnswerIsCutAndKeepsItsStatus) {
  RawServer server([](RawConnection* connection) {
    std::string request;
    connection->ReadRequest(&request);
    connection->Send("HTTP/1.1 422 No\r\nContent-Length: 1000000000\r\n\r\n");
    while (connection->Send(std::string(1000, 'x'))) {
    }
  });
  const Reply answer = AnswerOf(server.url(), std::make_shared<Exchange>(server.url()));
  EXPECT_EQ(answer.error, HttpError::kNone);
  EXPECT_EQ(answer.status, 422);
  EXPECT_GT(answer.body.size(), 100u);
  EXPECT_LT(answer.body.size(), 100'000u);
}

TEST(HttpThreadTest, ErrorsHaveTheirKind) {
  const std::string nobody = "http://127.0.0.1:" + std::to_string(FreePort());
  Reply answer = AnswerOf(nobody, std::make_shared<Exchange>(nobody));
  EXPECT_EQ(answer.error, HttpError::kConnect);
  EXPECT_EQ(answer.status, 0);
  EXPECT_FALSE(answer.error_text.empty());

  RawServer server([](RawConnection* connection) {
    std::string request;
    connection->ReadRequest(&request);
  });
  answer = AnswerOf(server.url(), std::make_shared<Exchange>(server.url()));
  EXPECT_EQ(answer.error, HttpError::kBroken);
  EXPECT_EQ(answer.status, 0);

  RawServer without_tls(
      [](RawConnection* connection) { connection->Send("hello, who is there?"); });
  const std::string https = "https" + without_tls.url().substr(std::string("http").size());
  answer = AnswerOf(https, std::make_shared<Exchange>(https));
  EXPECT_EQ(answer.error, HttpError::kTls);

  BlackHole hole(0);
  hole.Fill();
  const auto exchange = std::make_shared<Exchange>(hole.url());
  exchange->mutable_request()->connect_timeout = std::chrono::milliseconds(100);
  answer = AnswerOf(hole.url(), exchange);
  EXPECT_EQ(answer.error, HttpError::kTimeout);
}

TEST(HttpThreadTest, CancelEndsARequestThatIsNotAnswered) {
  std::atomic<int> requests{0};
  RawServer server([&](RawConnection* connection) {
    std::string request;
    connection->ReadRequest(&request);
    if (++requests == 1) {
      connection->WaitForClose();
    } else {
      connection->Send(Confirmation());
    }
  });
  const auto silent = std::make_shared<Exchange>(server.url());
  const auto waiting = std::make_shared<Exchange>(server.url());
  const auto next = std::make_shared<Exchange>(server.url());
  const auto begun = steady_clock::now();
  {
    own_transport::HttpThread transport(server.url());
    transport.Begin(silent);
    transport.Begin(waiting);
    transport.Begin(next);
    ASSERT_TRUE(WaitFor([&] { return requests == 1; }));
    Cancel(&transport, waiting.get());
    EXPECT_FALSE(silent->answered());
    Cancel(&transport, silent.get());
    EXPECT_TRUE(WaitFor([&] { return next->answered(); }));
    transport.CloseConnections();
  }
  EXPECT_LT(steady_clock::now() - begun, kTimeout / 2);
  EXPECT_EQ(next->answer().status, 200);
  EXPECT_EQ(requests, 2) << "what was cancelled before its turn is not sent";
}

TEST(HttpThreadTest, NoCallWaitsForAConnectionAndNothingCancelledIsSentOverIt) {
  BlackHole hole(0);
  hole.Fill();
  // One of Fill's and the transport's. The system may leave one out that is there.
  const auto both_connect = [&] { return CountConnecting(hole.port()) == 2; };
  const auto exchange = std::make_shared<Exchange>(hole.url());
  std::string received;
  {
    own_transport::HttpThread transport(hole.url());
    transport.Begin(exchange);
    ASSERT_TRUE(WaitFor(both_connect));
    const auto called = steady_clock::now();
    Cancel(&transport, exchange.get());
    transport.CloseConnections();
    EXPECT_LT(steady_clock::now() - called, kTimeout / 2);
    EXPECT_TRUE(WaitFor(both_connect)) << "the connection came too early to tell";
    received = hole.Empty();
  }
  EXPECT_EQ(received.find("private"), std::string::npos) << received;
  EXPECT_EQ(received.find("POST /path"), 0u) << "it did not come: " << received;
}

}  // namespace
}  // namespace embeddables::test
