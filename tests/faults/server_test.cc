// A server that misbehaves, byte by byte. Each fault ends in the design's verdict, Track is not
// disturbed, no event is lost, and none arrives twice unless its answer was lost on the way.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/raw_server.h"
#include "tests/support/sanitizers.h"
#include "tests/support/thread_facts.h"

namespace embeddables::test {
namespace {

using Steady = std::chrono::steady_clock;

class ServerFault : public AgentTest {
 protected:
  ServerFault() {
    config_.flush_interval = milliseconds(30);
    config_.persist_interval = milliseconds(10);
    config_.backoff_initial = milliseconds(30);
    config_.backoff_max = milliseconds(100);
    config_.request_timeout = milliseconds(1000);
    config_.max_in_flight = 4;
  }
  void TearDown() override {
    AgentTest::TearDown();
    agent_.reset();
  }

  void StartAgainst(RawServer::Script script, int receive_buffer = 0) {
    server_ = std::make_unique<RawServer>(std::move(script), receive_buffer);
    config_.base_url = server_->url();
    Start();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  }

  // The fault has been met at least `times`; Track goes on as ever; then the server behaves and
  // every event is delivered, each at most `repeats` times more than once.
  void ExpectRecovery(int times, int repeats) {
    Track(10);
    ASSERT_TRUE(WaitFor([&] { return server_->CountSeen() >= times; }));
    const std::uint64_t spent = CpuOfThread("embeddables");
    const auto since = Steady::now();
    Track(10);  // ASSERTs that each is accepted
    ASSERT_TRUE(WaitFor([&] { return server_->CountSeen() >= 2 * times; }));
    const auto lasted = std::chrono::duration_cast<milliseconds>(Steady::now() - since).count();
    EXPECT_LE(CpuOfThread("embeddables") - spent, 50 + static_cast<std::uint64_t>(lasted) / 2)
        << "ms of CPU in " << lasted << " ms";
    EXPECT_EQ(ledger().rejected + ledger().dropped_total(), 0u);
    ExpectDeliveredOnceItBehaves(repeats);
  }

  void ExpectDeliveredOnceItBehaves(int repeats) {
    server_->SetScript(RawServer::Behave);
    ASSERT_TRUE(WaitForDelivered(static_cast<std::uint64_t>(next_)));
    const auto confirmed = server_->confirmed();
    EXPECT_EQ(confirmed.size(), static_cast<std::size_t>(next_));
    for (const auto& each : confirmed) EXPECT_LE(each.second, 1 + repeats) << each.first;
  }

  // What the server's script uses outlives it, as no test's own variable would.
  std::atomic<unsigned> turn_{0};
  std::atomic<std::uint64_t> sent_{0};
  std::unique_ptr<RawServer> server_;
};

// Answers each request with these bytes, then ends the connection, perhaps with a reset.
RawServer::Script Answer(std::string bytes, bool reset = false) {
  return [=](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    connection->Send(bytes);
    if (reset) connection->Reset();
  };
}

// Answers each request with these bytes and keeps the connection.
RawServer::Script KeepAnswering(std::string bytes) {
  return [=](RawConnection* connection) {
    std::string request;
    while (connection->ReadRequest(&request) && connection->Send(bytes)) continue;
  };
}

TEST_F(ServerFault, NeverAnswers) {
  config_.request_timeout = milliseconds(150);
  StartAgainst([](RawConnection* connection) {
    std::string request;
    connection->ReadRequest(&request);
    connection->WaitForClose();
  });
  ExpectRecovery(3, 0);
}

TEST_F(ServerFault, ResetsInTheMiddleOfTheHeadAndOfTheBody) {
  StartAgainst([this](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    connection->Send(++turn_ % 2 == 0 ? "HTTP/1.1 200 O"
                                      : "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"entry");
    connection->Reset();
  });
  ExpectRecovery(4, 0);
}

TEST_F(ServerFault, EndsBeforeAnyAnswer) {
  StartAgainst(Answer(""));
  ExpectRecovery(4, 0);
}

TEST_F(ServerFault, GarbageForAStatusLine) {
  static const std::string garbage[] = {std::string("\0\xff\x80garbage\r\n\r\n", 14),
                                        "HTTP/1.1 abc\r\n\r\n",
                                        "HTTP/9.9 200 OK\r\n\r\n",
                                        "HTTP/1.1 99999 OK\r\n\r\n",
                                        "SSH-2.0-OpenSSH_9.2\r\n",
                                        std::string(5000, 'x')};
  StartAgainst([this](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    connection->Send(garbage[turn_++ % std::size(garbage)]);
  });
  ExpectRecovery(6, 0);
}

TEST_F(ServerFault, EndlessHeadersAreEndedSoonWithoutMemory) {
  config_.request_timeout = seconds(60);
  StartAgainst([this](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    connection->Send("HTTP/1.1 200 OK\r\n");
    const std::string header = "X-More: " + std::string(1000, 'x') + "\r\n";
    while (connection->Send(header)) sent_ += header.size();
  });
  ExpectRecovery(4, 0);
  // What fits in the sockets' buffers between us goes out as well.
  EXPECT_LE(sent_ / static_cast<std::uint64_t>(server_->connections()), 16u << 20);
}

TEST_F(ServerFault, AFloodOfInterimResponsesIsEnded) {
  config_.request_timeout = seconds(60);
  StartAgainst([](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    while (connection->Send("HTTP/1.1 102 Processing\r\n\r\n")) continue;
  });
  ExpectRecovery(4, 0);
}

TEST_F(ServerFault, SomeInterimResponsesAreNoAnswer) {
  StartAgainst([](RawConnection* connection) {
    std::string request;
    while (connection->ReadRequest(&request)) {
      for (int i = 0; i < 50; ++i)
        connection->Send("HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n");
      connection->Confirm(request);
    }
  });
  Track(20);
  ExpectDeliveredOnceItBehaves(0);
}

TEST_F(ServerFault, ContentLengthTooShortIsNoEvent) {
  // Cut in the middle of the JSON; what follows must not be taken for the next answer.
  StartAgainst(
      KeepAnswering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"entry_id\":\"entry_1\"}"));
  ExpectRecovery(4, 0);
}

TEST_F(ServerFault, ContentLengthTooLongIsDeliveredIfItWasConfirmedBefore) {
  config_.request_timeout = milliseconds(150);
  config_.max_in_flight = 1;  // none waits in libcurl for a connection that another one holds
  StartAgainst([](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    connection->Send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"entry_id\":\"entry_1\"}");
    if (connection->number() % 2 == 0) connection->WaitForClose();
  });
  Track(10);
  ASSERT_TRUE(WaitForDelivered(10));
  EXPECT_EQ(server_->CountSeen(), 10);
  EXPECT_EQ(requests(), 10u);
}

TEST_F(ServerFault, ContentLengthTooLongIsNoEvent) {
  config_.request_timeout = milliseconds(150);
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"entry_id\":\"entry_1";
  StartAgainst([this, answer](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    connection->Send(answer);
    if (++turn_ % 2 == 0) connection->WaitForClose();
  });
  ExpectRecovery(4, 0);
}

TEST_F(ServerFault, GarbageForAChunk) {
  StartAgainst(Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n{}"));
  ExpectRecovery(4, 0);
}

TEST_F(ServerFault, ErrorBodyOfAMebibyteIsCutAndTheVerdictStands) {
  const std::string body = R"({"error":{"code":"BAD","message":")" + std::string(1'000'000, 'm');
  StartAgainst(KeepAnswering(HttpAnswer("422 Unprocessable", body)));
  Track(5);
  ASSERT_TRUE(WaitFor([this] { return ledger().rejected == 5; }));
  std::vector<DeadLetter> letters;
  ASSERT_TRUE(agent_->DeadLetters(&letters).ok());
  for (const DeadLetter& letter : letters) EXPECT_LE(letter.message.size(), 200u);
  EXPECT_EQ(server_->CountSeen(), 5);
}

TEST_F(ServerFault, ABodyWithoutEndIsEnded) {
  config_.request_timeout = seconds(60);
  StartAgainst([](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    connection->Send("HTTP/1.1 500 Oh\r\n\r\n");
    const std::string piece(10'000, 'x');
    while (connection->Send(piece)) continue;
  });
  ExpectRecovery(4, 0);
}

TEST_F(ServerFault, KeepAliveClosedUnderUsIsNoAttempt) {
  // Each connection takes three requests and is closed, without "Connection: close".
  StartAgainst([](RawConnection* connection) {
    std::string request;
    for (int i = 0; i < 3 && connection->ReadRequest(&request); ++i) connection->Confirm(request);
  });
  config_.backoff_initial = config_.backoff_max =
      seconds(60);  // an attempt that counts would be seen
  Start();
  agent_->Identify("email", "a@b.c");
  Track(100);
  ASSERT_TRUE(WaitForDelivered(100));
  for (const auto& each : server_->confirmed()) EXPECT_EQ(each.second, 1) << each.first;
  EXPECT_EQ(requests(), 100u);
  EXPECT_GE(server_->connections(), 33);
}

TEST_F(ServerFault, ClosedWithTheNextRequestUnreadDeliversOnce) {
  // One answer, and a reset as soon as the next request begins to come.
  StartAgainst([](RawConnection* connection) {
    std::string request;
    if (connection->ReadRequest(&request)) connection->Confirm(request);
    char first = 0;
    connection->Read(&first, 1);
    connection->Reset();
  });
  Track(30);
  ASSERT_TRUE(WaitForDelivered(30));
  for (const auto& each : server_->confirmed()) EXPECT_EQ(each.second, 1) << each.first;
}

TEST_F(ServerFault, AnswersBeforeTheBodyIsRead) {
  StartAgainst([](RawConnection* connection) {
    std::string head;
    if (!connection->ReadHead(&head)) return;
    connection->Send(HttpAnswer("413 Too Large", R"({"error":{"code":"BIG","message":"big"}})"));
    connection->WaitForClose();
  });
  config_.max_event_bytes = 256 * 1024;
  config_.request_timeout = seconds(30);
  Start();
  agent_->Identify("email", "a@b.c");
  ASSERT_TRUE(agent_->Track("tick", {{"text", std::string(200'000, 'x')}}).ok());
  ASSERT_TRUE(WaitFor([this] { return ledger().rejected == 1; }));
  EXPECT_EQ(Outcomes().back().http_status, 413);
}

TEST_F(ServerFault, ReadsSlowly) {
  config_.max_event_bytes = 256 * 1024;
  config_.request_timeout = seconds(30);
  StartAgainst(
      [](RawConnection* connection) {
        std::string head;
        if (!connection->ReadHead(&head)) return;
        char piece[512];
        for (std::size_t got = 0, size; got < 200'000; got += size) {
          std::this_thread::sleep_for(milliseconds(2));
          size = connection->Read(piece, sizeof piece);
          if (size == 0) return;
        }
        connection->Send(Confirmation());
        connection->WaitForClose();
      },
      4096);
  const std::uint64_t spent = CpuOfThread("embeddables");
  const auto since = Steady::now();
  ASSERT_TRUE(agent_->Track("tick", {{"text", std::string(200'000, 'x')}}).ok());
  ASSERT_TRUE(WaitForDelivered(1));
  const auto lasted = std::chrono::duration_cast<milliseconds>(Steady::now() - since).count();
  EXPECT_GE(lasted, 700);
  EXPECT_LE(CpuOfThread("embeddables") - spent, 50 + static_cast<std::uint64_t>(lasted) / 4);
}

TEST_F(ServerFault, SpeaksHttp10) {
  StartAgainst([](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    connection->Send("HTTP/1.0 200 OK\r\n\r\n{\"entry_id\":\"entry_1\"}");
  });
  Track(20);
  ASSERT_TRUE(WaitForDelivered(20));
  EXPECT_EQ(server_->CountSeen(), 20);
}

TEST_F(ServerFault, HalfAnAnswerNowAndThenCostsItsOwnConnectionOnly) {
  StartAgainst([this](RawConnection* connection) {
    std::string request;
    while (connection->ReadRequest(&request)) {
      if (++turn_ % 10 != 0) {
        connection->Confirm(request);
        continue;
      }
      ++sent_;
      connection->Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"entry");
      return connection->Reset();
    }
  });
  Track(200);
  ASSERT_TRUE(WaitForDelivered(200));
  EXPECT_LE(static_cast<std::uint64_t>(server_->connections()), sent_ + config_.max_in_flight);
}

// Of the connections that were left, one holds a request; the server closes the others.
TEST_F(ServerFault, HangingOnAnOldConnectionCostsNoCore) {
  config_.request_timeout = seconds(60);
  StartAgainst([this](RawConnection* connection) {
    std::string request;
    if (!connection->ReadRequest(&request)) return;
    const unsigned turn = turn_++;
    if (turn == 0) return connection->WaitForClose();
    if (turn == 1) {
      WaitFor([&] { return server_->confirmed().size() == 2 || connection->stopping(); });
      return connection->Reset();
    }
    connection->Confirm(request);
    WaitFor([&] { return sent_ > 0 || connection->stopping(); });
  });
  ASSERT_TRUE(agent_->Pause().ok());
  Track(4);
  ASSERT_TRUE(agent_->Resume().ok());
  ASSERT_TRUE(WaitForDelivered(3));
  sent_ = 1;
  const auto since = Steady::now();
  const std::uint64_t before = CpuOfThread("embeddables");
  ASSERT_TRUE(WaitFor([&] { return Steady::now() - since >= seconds(5); }));
  const std::uint64_t cpu_ms = CpuOfThread("embeddables") - before;
  std::printf("[figure] cpu_ms=%d of 5000 ms\n", static_cast<int>(cpu_ms));
  EXPECT_EQ(agent_->GetStats().in_flight, 1u);
  // What sanitizers put in takes several times what there is.
  EXPECT_LT(cpu_ms, kAsan || kTsan ? 150u : 50u);
}

TEST_F(ServerFault, AskingForRestIsHeardThoughTheAnswerBreaksOff) {
  config_.max_in_flight = 1;
  StartAgainst(
      Answer("HTTP/1.1 503 Busy\r\nRetry-After: 3000\r\nContent-Length: 100\r\n\r\nwait", true));
  Track(5);
  ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kServer; }));
  EXPECT_GT(agent_->GetStats().waiting_until, seconds(2900));
  EXPECT_EQ(server_->CountSeen(), 1);
}

TEST_F(ServerFault, RedirectsAreNotFollowed) {
  RawServer elsewhere(RawServer::Behave);
  for (const char* status : {"301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect",
                             "308 Permanent Redirect"}) {
    next_ = 0;
    config_.store_path = directory_ / status;
    StartAgainst(KeepAnswering(
        HttpAnswer(status, "", "Location: " + elsewhere.url() + "/projects/pr_demo/events\r\n")));
    Track(5);
    ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kBreaker; })) << status;
    EXPECT_EQ(ledger().pending, 5u);
    ExpectDeliveredOnceItBehaves(0);
    agent_.reset();
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST_F(ServerFault, AServerThatEchoesTheKeyDoesNotGetItTold) {
  config_.api_key = "rk_secret_0123456789";
  config_.log_level = LogLevel::kDebug;
  config_.extra_headers = {{"Authorization", "Bearer topsecret0123456789"}};
  static const char* const statuses[] = {"422 rk_secret_0123456789",
                                         "401 Unauthorized",
                                         "403 Forbidden",
                                         "500 rk_secret_0123456789",
                                         "404 Not Found",
                                         "302 Found",
                                         "200 OK",
                                         "407 Proxy",
                                         "400 Bad"};
  StartAgainst([this](RawConnection* connection) {
    std::string request;
    while (connection->ReadRequest(&request)) {
      // As JSON text: the head of the request, in an error body of the vendor's form.
      std::string echo;
      for (const char c : request.substr(0, request.find("\r\n\r\n"))) {
        echo += c == '\r' ? ' ' : c == '\n' ? ' ' : c;
      }
      // What is shown is short: the secrets come first and are cut at any place.
      const std::string key = "rk_secret_0123456789 topsecret0123456789";
      const std::string message = std::string(turn_ * 7 % 200, '.') + key + echo;
      const std::string body = R"({"error":{"code":"ECHO","message":")" + message + "\"}}";
      connection->Send(HttpAnswer(statuses[turn_++ % std::size(statuses)], body,
                                  "Location: /" + key.substr(0, 20) + "\r\n"));
    }
  });
  config_.credentials_retry = milliseconds(10);
  Start();
  agent_->Identify("email", "a@b.c");
  std::string told;
  Track(200);
  EXPECT_TRUE(WaitFor([&] {
    agent_->SetNetworkState(NetworkState::kAvailable);
    for (const Outcome& outcome : Outcomes()) told += std::string(outcome.message) + "\n";
    LogLine line;
    while (agent_->PollLog(&line, 1) == 1) told += std::string(line.text) + "\n";
    return turn_ > 60;
  }));
  std::vector<DeadLetter> letters;
  ASSERT_TRUE(agent_->DeadLetters(&letters, 1000).ok());
  for (const DeadLetter& letter : letters) told += letter.message + "\n" + letter.body + "\n";
  EXPECT_GT(letters.size(), 0u);
  EXPECT_NE(told.find("HTTP"), std::string::npos);
  for (const char* secret : {"rk_sec", "topsec"}) {
    EXPECT_EQ(told.find(secret), std::string::npos)
        << told.substr(told.find(secret) < 100 ? 0 : told.find(secret) - 100, 200);
  }
}

}  // namespace
}  // namespace embeddables::test
