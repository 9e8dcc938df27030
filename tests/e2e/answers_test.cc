// Answers in other dress, over real libcurl: compressed though nobody asked, long, without end.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/send/transport.h"
#include "tests/support/process.h"
#include "tests/support/raw_server.h"

namespace embeddables::test {
namespace {

const char kEntry[] = R"({"entry_id":"entry_1"})";
const std::string kBody(1000, 'x');

// What a shell's command prints.
std::string Shell(const std::string& command) {
  std::string output;
  EXPECT_EQ(RunProcess({"/bin/sh", "-c", command}, {}, &output), 0) << command;
  return output;
}

class AnswersTest : public testing::Test {
 protected:
  void SetUp() override {
    Status status;
    transport_ = MakeCurlTransport(config_, "", &status);
    ASSERT_NE(transport_, nullptr) << status.message();
  }

  // Sends one request to a server that does this with it.
  Response Ask(const RawServer::Script& script) {
    const RawServer server(script);
    return Ask(server);
  }
  Response Ask(const RawServer& server) {
    const Response response = Get(server.url());
    transport_->Renew();
    return response;
  }
  // Leaves the connection open.
  Response Get(const std::string& url) {
    Request request;
    request.url = url;
    request.body = kBody;
    EXPECT_TRUE(transport_->Begin(1, request, false));
    std::vector<Completion> completed;
    while (completed.empty()) {
      transport_->TakeCompleted(&completed);
      if (completed.empty()) transport_->Wait(std::chrono::seconds(10), {});
    }
    return completed[0].response;
  }

  Response AskFor(const std::string& body, const std::string& headers) {
    return Ask([=](RawConnection* connection) {
      std::string request;
      if (connection->ReadRequest(&request)) {
        connection->Send(HttpAnswer("200 OK", body, headers));
      }
    });
  }

  // The head, and then the same for ever; `sent_` counts.
  Response AskForEndless(const std::string& head, const std::string& piece) {
    return Ask([=](RawConnection* connection) {
      std::string request;
      if (!connection->ReadRequest(&request) || !connection->Send(head)) return;
      while (connection->Send(piece)) sent_ += piece.size();
    });
  }

  Config config_;
  std::unique_ptr<Transport> transport_;
  std::atomic<std::size_t> sent_{0};
};

constexpr std::size_t kMostRead = 8 * 1000 + 64 * 1024;
// What may lie in the sockets' buffers besides.
constexpr std::size_t kOnTheWay = 8 * 1024 * 1024;

TEST_F(AnswersTest, CompressedThoughNobodyAsked) {
  std::string head;
  const std::string zipped = Shell(std::string("printf '%s' '") + kEntry + "' | gzip -c");
  const Response response = Ask([&](RawConnection* connection) {
    if (!connection->ReadRequest(&head)) return;
    connection->Send(HttpAnswer("200 OK", zipped, "Content-Encoding: gzip\r\n"));
  });
  EXPECT_EQ(head.find("ccept-"), std::string::npos) << head;
  EXPECT_EQ(response.error, NetworkError::kNone) << response.error_text;
  EXPECT_FALSE(response.unreadable);
  EXPECT_EQ(response.body, kEntry);
  EXPECT_TRUE(response.scanner.found());
}

TEST_F(AnswersTest, CompressedAndCutOffBehindTheConfirmation) {
  const std::string zipped = Shell(std::string("(printf '%s' '") + kEntry +
                                   "'; head -c 3000 /dev/urandom) | gzip -c | head -c 2000");
  const Response response = AskFor(zipped, "Content-Encoding: gzip\r\n");
  EXPECT_TRUE(response.scanner.found());
}

TEST_F(AnswersTest, ACodingThatNobodyKnowsLeavesTheStatus) {
  for (const char* coding : {"x-secret", "gzip", "gzip, gzip"}) {
    const Response response =
        AskFor(kEntry, "Content-Encoding: " + std::string(coding) + "\r\nDate: today\r\n");
    EXPECT_EQ(response.error, NetworkError::kNone) << coding;
    EXPECT_EQ(response.status, 200) << coding;
    EXPECT_EQ(response.date, "today") << coding;
    EXPECT_TRUE(response.unreadable) << coding;
    EXPECT_FALSE(response.error_text.empty()) << coding;
    EXPECT_FALSE(response.scanner.found()) << coding;
  }
}

// Before any of it is unpacked: nothing of these bodies ever comes.
TEST_F(AnswersTest, SeveralCodingsAreEndedHoweverTheyAreWritten) {
  config_.request_timeout = std::chrono::seconds(2);
  for (const std::string& headers :
       {std::string("Content-Encoding: gzip, gzip"), std::string("Transfer-Encoding: gzip, gzip"),
        std::string("transfer-encoding: gzip,deflate, chunked"),
        std::string("Content-Encoding: gzip\r\nTransfer-Encoding: gzip"),
        "Content-Encoding: identity" + std::string(130, ' ') + ", gzip, gzip"}) {
    const Response response = Ask([&](RawConnection* connection) {
      std::string request;
      if (!connection->ReadRequest(&request)) return;
      connection->Send("HTTP/1.1 503 Busy\r\n" + headers + "\r\n\r\n");
      connection->WaitForClose();
    });
    EXPECT_TRUE(response.unreadable) << headers;
    EXPECT_EQ(response.error, NetworkError::kNone) << headers;
    EXPECT_EQ(response.status, 503) << headers;
  }
}

TEST_F(AnswersTest, OneCodingInChunksIsRead) {
  const std::string zipped = Shell(std::string("printf '%s' '") + kEntry + "' | gzip -c");
  ASSERT_LT(zipped.size(), 256u);
  const char kDigits[] = "0123456789abcdef";
  const std::string length = {kDigits[zipped.size() / 16], kDigits[zipped.size() % 16]};
  const Response response = Ask([&](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    connection->Send(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\n\r\n" + length +
        "\r\n" + zipped + "\r\n0\r\n\r\n");
  });
  EXPECT_EQ(response.error, NetworkError::kNone) << response.error_text;
  EXPECT_FALSE(response.unreadable) << response.error_text;
  EXPECT_TRUE(response.scanner.found());
}

TEST_F(AnswersTest, OfAProxyThatCannotBeReadIsNotTheServers) {
  const RawServer proxy([](RawConnection* connection) {
    std::string head;
    if (!connection->ReadHead(&head)) return;
    connection->Send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\n\r\n");
    connection->WaitForClose();
  });
  config_.proxy = proxy.url();
  SetUp();
  const Response response = Get("https://embeddables.example/");
  EXPECT_EQ(response.status, 0);
  EXPECT_FALSE(response.unreadable);
  EXPECT_EQ(response.error, NetworkError::kBroken);
  EXPECT_FALSE(response.error_text.empty());
  EXPECT_FALSE(response.tls_verified);
  transport_->Renew();
}

TEST_F(AnswersTest, WhatFollowsTheConfirmationIsReadAndThrownAway) {
  const Response response = AskFor(kEntry + std::string(kMostRead - sizeof kEntry, ' '), "");
  EXPECT_EQ(response.error, NetworkError::kNone) << response.error_text;
  EXPECT_FALSE(response.unreadable);
  EXPECT_TRUE(response.scanner.found());
  EXPECT_EQ(response.body.size(), kMaxResponseBody);
}

TEST_F(AnswersTest, WithoutEndTheyAreEnded) {
  const Response response = AskForEndless("HTTP/1.1 200 OK\r\n\r\n", std::string(10'000, ' '));
  EXPECT_EQ(response.error, NetworkError::kNone);
  EXPECT_TRUE(response.unreadable);
  EXPECT_LE(response.body.size(), kMaxResponseBody);
  EXPECT_LT(sent_, kOnTheWay);
}

TEST_F(AnswersTest, ConfirmedFirstAndThenWithoutEnd) {
  const Response response =
      AskForEndless(std::string("HTTP/1.1 200 OK\r\n\r\n") + kEntry, std::string(10'000, ' '));
  EXPECT_TRUE(response.scanner.found());
  EXPECT_LT(sent_, kOnTheWay);
}

// A slow machine may make a pause longer than it was meant, so one try of several is enough.
TEST_F(AnswersTest, ConfirmedFirstAndThenSlowlyKeepsTheConnection) {
  const RawServer server([](RawConnection* connection) {
    std::string request;
    while (connection->ReadRequest(&request)) {
      connection->Send(std::string("HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n") + kEntry);
      for (int i = 0; i < 3; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        if (!connection->Send(" ")) return;
      }
    }
  });
  static_assert(sizeof kEntry - 1 + 3 == 25, "as the head says");
  for (int tries = 0; tries < 20; ++tries) {
    const std::uint64_t before = transport_->counters().connections;
    EXPECT_TRUE(Get(server.url()).scanner.found());
    Get(server.url());
    transport_->Renew();
    if (transport_->counters().connections == before + 1) return;
  }
  FAIL() << "a new connection for each request";
}

TEST_F(AnswersTest, ABombIsNotUnpacked) {
  const Response response =
      AskFor(Shell("head -c 300000000 /dev/zero | gzip -1c"), "Content-Encoding: gzip\r\n");
  EXPECT_EQ(response.error, NetworkError::kNone);
  EXPECT_TRUE(response.unreadable);
  EXPECT_LE(response.body.size(), kMaxResponseBody);
}

TEST_F(AnswersTest, WhatUnpacksToNothingIsEndedToo) {
  // Empty blocks that are not the last (RFC 1951 section 3.2.4).
  std::string blocks;
  for (int i = 0; i < 2'000; ++i) blocks.append("\0\0\0\xff\xff", 5);
  const std::string gzip("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  config_.request_timeout = std::chrono::seconds(5);
  for (const std::string& of : {std::string("Content"), std::string("Transfer")}) {
    sent_ = 0;
    const Response response =
        AskForEndless("HTTP/1.1 200 OK\r\n" + of + "-Encoding: gzip\r\n\r\n" + gzip, blocks);
    EXPECT_EQ(response.error, NetworkError::kNone) << response.error_text;
    EXPECT_TRUE(response.unreadable) << of;
    EXPECT_LT(sent_, kOnTheWay) << of;
  }
}

}  // namespace
}  // namespace embeddables::test
