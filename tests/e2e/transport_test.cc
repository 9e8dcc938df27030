// The transport over real libcurl: what it leaves open, and requests that differ from the last.

#include "agent/send/transport.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "tests/support/black_hole.h"
#include "tests/support/collector.h"
#include "tests/support/raw_server.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

std::size_t OpenDescriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

class CurlTransportTest : public testing::Test {
 protected:
  void SetUp() override {
    open_without_it_ = OpenDescriptors();
    Status status;
    transport_ = MakeCurlTransport(config_, "", &status);
    ASSERT_NE(transport_, nullptr) << status.message();
  }

  Request Post(const std::string& body) {
    Request request;
    request.url = collector_.url() + "/projects/pr_x/events";
    request.headers = {"Content-Type: application/json", "X-Api-Key: rk_x"};
    request.body = body;
    return request;
  }

  Response Send(const Request& request) {
    EXPECT_TRUE(transport_->Begin(++tag_, request, false));
    return Await();
  }

  Response Await() {
    transport_->Push();
    std::vector<Completion> completed;
    while (completed.empty()) {
      transport_->Wait(std::chrono::seconds(10), {});
      transport_->TakeCompleted(&completed);
    }
    EXPECT_EQ(completed[0].tag, tag_);
    return completed[0].response;
  }

  Collector collector_;
  Config config_;
  std::size_t open_without_it_ = 0;
  std::unique_ptr<Transport> transport_;
  std::uint64_t tag_ = 0;
};

TEST_F(CurlTransportTest, NothingIsOpenBeforeTheFirstRequestAndAfterRenew) {
  EXPECT_FALSE(transport_->Wait(std::chrono::milliseconds(1), {}));
  EXPECT_EQ(OpenDescriptors(), open_without_it_);
  EXPECT_GT(Send(Post("{}")).status, 0);
  EXPECT_GT(OpenDescriptors(), open_without_it_) << "the connection is kept for the next";
  transport_->Renew();
  EXPECT_EQ(OpenDescriptors(), open_without_it_);
  EXPECT_GT(Send(Post("{}")).status, 0) << "and made anew";
}

TEST_F(CurlTransportTest, ATransferThatIsUsedAgainSendsWhatIsNew) {
  const std::string good =
      R"({"embeddable_id":"flow_x","timestamp":"2026-01-31T23:59:59.999Z",)"
      R"("custom_event_name":"an_event",)"
      R"("custom_event_props":"{\"event_id\":\"0190163d-8694-739b-aea5-966c26f8ad91\"}",)"
      R"("identifiers":[{"key":"email","value":"\"a@b.c\""}]})";
  Request request = Post(good);
  EXPECT_EQ(Send(request).status, 200);
  request.body = "{}";
  EXPECT_EQ(Send(request).status, 400) << "another body";
  request.body = good;
  request.headers.pop_back();
  EXPECT_EQ(Send(request).status, 401) << "other headers";
  request = Post(good);
  request.head = true;
  Send(request);
  request.head = false;
  EXPECT_EQ(Send(request).status, 200) << "a POST again after a HEAD";
  request.url = collector_.url() + "/elsewhere";
  EXPECT_EQ(Send(request).status, 404) << "another URL";
  EXPECT_EQ(transport_->counters().connections, 1u);
}

TEST_F(CurlTransportTest, OverPlainHttpNoRequestWaitsForTheAnswerToAnother) {
  RawServer server([](RawConnection* connection) {
    if (connection->number() > 0) return RawServer::Behave(connection);
    connection->WaitForClose();
  });
  Request request = Post("{}");
  request.url = server.url() + "/projects/pr_x/events";
  ASSERT_TRUE(transport_->Begin(++tag_, request, false));
  std::vector<Completion> completed;
  ASSERT_TRUE(WaitFor([&] {
    transport_->TakeCompleted(&completed);
    return server.connections() > 0;
  }));
  EXPECT_EQ(Send(request).status, 200);
  transport_->CancelAll();
}

TEST_F(CurlTransportTest, AConfirmationIsTakenIfItsAnswerHasNoEnd) {
  RawServer server([](RawConnection* connection) {
    std::string request;
    connection->ReadRequest(&request);
    connection->Send("HTTP/1.1 200 OK\r\n\r\n{\"entry_id\":\"entry_1\"}");
    connection->WaitForClose();
  });
  Request request = Post("{}");
  request.url = server.url() + "/projects/pr_x/events";
  const Response response = Send(request);
  EXPECT_EQ(response.error, NetworkError::kNone) << response.error_text;
  EXPECT_TRUE(response.scanner.found());
}

// The process was stopped, or its host did not pump.
TEST_F(CurlTransportTest, AnAnswerThatCameWhileNobodyLookedIsTaken) {
  std::atomic<bool> may_answer{false};
  RawServer server([&may_answer](RawConnection* connection) {
    std::string request;
    connection->ReadRequest(&request);
    if (WaitFor([&] { return may_answer.load(); })) connection->Confirm(request);
    connection->WaitForClose();
  });
  config_.request_timeout = std::chrono::seconds(5);
  Request request = Post("{}");
  request.url = server.url() + "/projects/pr_x/events";
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(transport_->Begin(++tag_, request, false));
  std::vector<Completion> completed;
  ASSERT_TRUE(WaitFor([&] {
    transport_->TakeCompleted(&completed);
    return server.CountSeen() > 0;
  }));
  ASSERT_TRUE(completed.empty());
  may_answer = true;
  ASSERT_TRUE(WaitFor([&] {
    return !server.confirmed().empty() &&
           std::chrono::steady_clock::now() > begun + config_.request_timeout;
  }));
  EXPECT_EQ(Await().status, 200);
}

TEST_F(CurlTransportTest, WithAFreshConnectionAllThatIsNewLeavesTheOldOne) {
  Send(Post("{}"));
  Send(Post("{}"));
  EXPECT_EQ(transport_->counters().connections, 1u);
  EXPECT_TRUE(transport_->Begin(++tag_, Post("{}"), /*fresh_connection=*/true));
  EXPECT_GT(Await().status, 0);
  EXPECT_EQ(transport_->counters().connections, 2u);
  Send(Post("{}"));
  EXPECT_EQ(transport_->counters().connections, 2u);
}

TEST_F(CurlTransportTest, WhatIsUnderWayOnTheOldConnectionIsAnsweredThere) {
  std::atomic<bool> hold{true};
  std::atomic<int> read{0};
  const RawServer server([&](RawConnection* connection) {
    std::string request;
    while (connection->ReadRequest(&request)) {
      ++read;
      const bool first = connection->number() == 0;
      if (first) WaitFor([&] { return !hold || connection->stopping(); });
      connection->Confirm(request);
    }
  });
  Request request = Post("{}");
  request.url = server.url();
  const std::uint64_t old = ++tag_;
  ASSERT_TRUE(transport_->Begin(old, request, false));
  std::vector<Completion> completed;
  ASSERT_TRUE(WaitFor([&] {
    transport_->Wait(std::chrono::milliseconds(1), {});
    transport_->TakeCompleted(&completed);
    return read == 1;
  }));
  const std::size_t one_connection = OpenDescriptors();
  EXPECT_TRUE(transport_->Begin(++tag_, request, true));
  EXPECT_EQ(Await().status, 200);
  EXPECT_EQ(Send(request).status, 200);
  EXPECT_EQ(transport_->counters().connections, 1u) << "that of the old one counts at its end";
  hold = false;
  while (completed.empty()) {
    // Only the answer can wake it so soon.
    transport_->Wait(std::chrono::seconds(10), {});
    transport_->TakeCompleted(&completed);
  }
  EXPECT_EQ(completed[0].tag, old);
  EXPECT_EQ(completed[0].response.status, 200);
  EXPECT_EQ(transport_->counters().connections, 2u);
  EXPECT_LE(OpenDescriptors(), one_connection + 1) << "the old connection is closed then";
}

TEST_F(CurlTransportTest, SaysWhatKindOfFailureItWas) {
  Request request = Post("{}");
  request.url = "http://127.0.0.1:" + std::to_string(FreePort()) + "/";
  EXPECT_EQ(Send(request).error, NetworkError::kConnect);
  // Longer than a name may be: refused without asking anybody.
  request.url = "http://" + std::string(64, 'a') + ".test/";
  EXPECT_EQ(Send(request).error, NetworkError::kResolve);
}

TEST_F(CurlTransportTest, AServerThatNeverAnswersIsATimeout) {
  const RawServer silent([](RawConnection* connection) { connection->WaitForClose(); });
  config_.request_timeout = std::chrono::milliseconds(50);
  Status status;
  transport_ = MakeCurlTransport(config_, "", &status);
  Request request = Post("{}");
  request.url = silent.url();
  const Response response = Send(request);
  EXPECT_EQ(response.error, NetworkError::kTimeout);
  EXPECT_EQ(response.status, 0);
}

TEST_F(CurlTransportTest, OnlyWhatWasNotSentIsTakenBack) {
  std::atomic<bool> read{false};
  const RawServer silent([&read](RawConnection* connection) {
    std::string request;
    read = connection->ReadRequest(&request);
    connection->WaitForClose();
  });
  Request request = Post("{}");
  request.url = silent.url();
  ASSERT_TRUE(transport_->Begin(1, request, false));
  ASSERT_TRUE(WaitFor([&] {
    transport_->Wait(std::chrono::milliseconds(1), {});
    std::vector<Completion> none;
    transport_->TakeCompleted(&none);
    return read.load();
  }));
  BlackHole hole(0);
  hole.Fill();
  request.url = hole.url();
  ASSERT_TRUE(transport_->Begin(2, request, false));
  transport_->Push();
  std::vector<std::uint64_t> tags;
  transport_->CancelUnsent(&tags);
  EXPECT_EQ(tags, std::vector<std::uint64_t>{2});
  EXPECT_EQ(transport_->in_flight(), 1u) << "the one that may have arrived is waited for";
}

}  // namespace
}  // namespace embeddables::test
