// `flush` beside a service: one that still has events in memory, and one that sends.

#include <embeddables/agent.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/command_line.h"
#include "tests/support/other_program.h"
#include "tests/support/raw_server.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

class CommandLineFlush : public CommandLineTest {
 protected:
  // `track --stdin` that only stores, and has so many events in memory.
  std::unique_ptr<Process> BeginService(int count, const std::string& persist_interval) {
    auto service =
        Begin({"track", "--stdin", "--no-flush", "--persist-interval", persist_interval});
    EXPECT_TRUE(service->Write(Lines(0, count)));
    EXPECT_TRUE(WaitFor([&] {
      return Run({"status", "--json"}) == 0 && Said("\"accepted\":" + std::to_string(count) + ",");
    }));
    return service;
  }
};

TEST_F(CommandLineFlush, WaitsForWhatAServiceHasInMemoryAndSendsIt) {
  Collector collector;
  PointAt(collector.url());
  const auto service = BeginService(10, "4");
  EXPECT_EQ(Run({"flush", "--timeout", "60"}), 0) << output_;
  EXPECT_TRUE(Said("delivered 10, rejected 0, pending 0\n")) << output_;
}

// The service's key was revoked: it must not keep the one who has the new one from sending.
TEST_F(CommandLineFlush, AServiceWhoseKeyIsRefusedLetsAnotherTry) {
  Collector collector({"--api-key", "rk_new"});
  PointAt(collector.url());
  environment_["EMBEDDABLES_API_KEY"] = "rk_revoked";
  const auto service = Begin({"track", "--stdin"});
  EXPECT_TRUE(service->Write(Lines(0, 5)));
  EXPECT_TRUE(WaitFor([&] { return Run({"status"}) == 0 && Said("HTTP 401"); })) << output_;
  environment_["EMBEDDABLES_API_KEY"] = "rk_new";
  EXPECT_EQ(Run({"flush", "--timeout", "60"}), 0) << output_;
  EXPECT_EQ(collector.CountReceived(), 5u);
}

TEST_F(CommandLineFlush, SaysWhatTheServiceThatSendsWaitsFor) {
  const auto service = Begin({"track", "--stdin", "--persist-interval", "0.5", "--backoff-initial",
                              "900", "--backoff-max", "900"});
  EXPECT_TRUE(service->Write(Lines(0, 5)));
  EXPECT_TRUE(WaitFor([&] {
    return Run({"status", "--json"}) == 0 && Said("\"in_memory\":0,") &&
           Said("\"waiting_for\":\"breaker\"") && Said("\"pending\":5,");
  })) << output_;
  int seconds = 1;  // a slow machine does not know it by then
  EXPECT_TRUE(WaitFor([&] {
    EXPECT_EQ(Run({"flush", "--timeout", std::to_string(seconds)}), 4) << output_;
    seconds *= 2;
    return Said("5 events wait for another process, which sends for this store");
  })) << output_;
  EXPECT_TRUE(Said("; it waits for an answer: none came")) << output_;
  EXPECT_TRUE(Said(", next try in ")) << output_;
}

TEST_F(CommandLineFlush, SaysWhatIsOnlyInAServicesMemory) {
  Collector collector;
  PointAt(collector.url());
  const auto service = BeginService(10, "3600");
  EXPECT_EQ(Run({"flush", "--timeout", "0.5"}), 4) << output_;
  EXPECT_TRUE(Said("delivered 0, rejected 0, pending 10\n")) << output_;
  EXPECT_TRUE(Said("10 events are in the memory of another process")) << output_;
}

// The pause is this process's own: the next one knows nothing of it.
TEST_F(CommandLineFlush, AWaitThatEndsWithTheCallHasNoNextTry) {
  EXPECT_EQ(Run({"track", "door_opened", "--timeout", "1"}), 4) << output_;
  EXPECT_TRUE(Said("1 event waits for an answer: none came")) << output_;
  EXPECT_TRUE(Said("; the next call tries at once\n")) << output_;
  EXPECT_FALSE(Said("next try in ")) << output_;
  Collector collector({"--api-key", "rk_other"});
  PointAt(collector.url());
  EXPECT_EQ(Run({"flush", "--timeout", "60"}), 6) << output_;
  EXPECT_TRUE(Said("1 event waits for a key, project or URL that the server accepts")) << output_;
  EXPECT_TRUE(Said("; the next call tries at once\n")) << output_;
  EXPECT_FALSE(Said("next try in ")) << output_;
}

// Track refuses such a name, and a file that somebody else has written may hold it. It is no
// event's.
TEST_F(CommandLineFlush, ANameThatControlsATerminalIsNeverPrinted) {
  // "door" becomes "ESC[2J", which empties the screen.
  const auto spoil = [this](const std::string& table) {
    OtherProgram(store_).Run("UPDATE " + table +
                             " SET record = CAST(substr(record, 1, instr(record, x'646f6f72') - 1)"
                             " || x'1b5b324a' || substr(record, instr(record, x'646f6f72') + 4)"
                             " AS BLOB)");
  };
  Collector collector;
  PointAt(collector.url());
  ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_;
  spoil("event");
  EXPECT_EQ(Run({"flush", "--verbose"}), 0) << output_;
  EXPECT_TRUE(Said("dropped 1: damaged\n")) << output_;
  EXPECT_FALSE(Said("\x1b")) << output_;
  EXPECT_FALSE(Said("[2J")) << output_;

  collector.SetFaults(R"({"by_event":{"door_opened":422}})");
  ASSERT_EQ(Run({"track", "door_opened"}), 3) << output_;
  spoil("dead_letter");
  OtherProgram(store_).Run("UPDATE dead_letter SET message = 'not' || char(27) || '[31m so'");
  EXPECT_EQ(Run({"dead-letters", "list"}), 0) << output_;
  EXPECT_TRUE(Said("HTTP 422  not\xef\xbf\xbd[31m so")) << output_;
  EXPECT_FALSE(Said("\x1b")) << output_;
}

TEST_F(CommandLineFlush, TheWordsOfAServerAreSafeToPrint) {
  RawServer server([](RawConnection* connection) {
    std::string request;
    while (connection->ReadRequest(&request) &&
           connection->Send(HttpAnswer(
               "400 No", R"({"error":{"code":"B","message":"not \u001b[31mso\u009b\u202e"}})"))) {
    }
  });
  PointAt(server.url());
  ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"flush", "--verbose"}), 3) << output_;
  EXPECT_TRUE(Said("rejected: door_opened ")) << output_;
  EXPECT_TRUE(Said("[31mso")) << output_;
  for (const char* moves : {"\x1b", "\xc2\x9b", "\xe2\x80\xae"}) {
    EXPECT_FALSE(Said(moves)) << output_;
  }
}

// A field's name in the server's words is the server's.
TEST_F(CommandLineFlush, TheAdviceOfTheLibraryNamesWhatGaveAValue) {
  RawServer server([](RawConnection* connection) {
    const std::string answer = HttpAnswer(
        "404 No", R"({"error":{"code":"ENTRY_NOT_FOUND","message":"no such embeddable_id"}})");
    std::string request;
    while (connection->ReadRequest(&request) && connection->Send(answer)) continue;
  });
  PointAt(server.url());
  EXPECT_EQ(Run({"track", "door_opened", "--verbose"}), 4) << output_;
  EXPECT_TRUE(Said("no such embeddable_id; check EMBEDDABLES_EMBEDDABLE, the identifier's key"))
      << output_;
  EXPECT_FALSE(Said("Config::")) << output_;
  for (const char* shown : {"--check", "--json"}) {
    Run({"status", shown});
    EXPECT_TRUE(Said("check --embeddable, the identifier's key")) << output_;
    EXPECT_FALSE(Said("Config::")) << output_;
  }
}

TEST_F(CommandLineFlush, ANearBoundIsToldInOptions) {
  environment_["EMBEDDABLES_MAX_EVENTS"] = "10";
  const auto track = Begin({"track", "--stdin", "--no-flush"});
  EXPECT_TRUE(track->Write(Lines(0, 9)));
  track->CloseInput();
  output_ = track->ReadAll();
  EXPECT_EQ(track->Wait(), 0) << output_;
  EXPECT_TRUE(Said("near_bound: 80 % of EMBEDDABLES_MAX_EVENTS or --max-store-bytes is in use"))
      << output_;
}

// The server cannot take an event, and the disk is stuck as that is to be written down.
class CommandLineLateEnd : public CommandLineTest {
 protected:
  void SetUp() override {
    PointAt(collector_.url());
    collector_.SetFaults(R"({"status":{"503":1.0},"latency_ms":1000})");
    environment_["LD_PRELOAD"] = Binary("fsync_shim.so");
    environment_["EMBEDDABLES_FSYNC_STUCK"] = stuck_;
  }
  // Runs a command whose one event is on disk, and on its way, when the disk gets stuck.
  int RunUntilStuck(std::vector<std::string> arguments) {
    const auto process = Begin(std::move(arguments));
    process->CloseInput();
    EXPECT_TRUE(WaitFor([this] {
      Inspection seen;
      return Agent::Inspect(store_, &seen).ok() && seen.in_memory == 0 &&
             seen.processes.size() == 1 && seen.processes[0].in_flight == 1;
    }));
    std::ofstream(stuck_) << "x";
    output_ = process->ReadAll();
    return process->Wait();
  }

  const std::string stuck_ = directory_ / "stuck";
  Collector collector_;
};

TEST_F(CommandLineLateEnd, TrackDoesNotTakeForDeliveredWhatItLostSightOf) {
  EXPECT_EQ(RunUntilStuck({"track", "mine", "--timeout", "3"}), 4) << output_;
  EXPECT_TRUE(Said("accepted 1, refused 0, stored 1, delivered 0, rejected 0, pending 1\n"))
      << output_;
  EXPECT_FALSE(Said("sent by another process")) << output_;
  EXPECT_TRUE(Said("the store did not take the last answers in time")) << output_;
}

TEST_F(CommandLineLateEnd, FlushCountsWhatItLostSightOf) {
  ASSERT_EQ(Run({"track", "mine", "--no-flush"}), 0) << output_;
  EXPECT_EQ(RunUntilStuck({"flush", "--timeout", "3"}), 4) << output_;
  EXPECT_TRUE(Said("delivered 0, rejected 0, pending 1\n")) << output_;
}

// A service that sends, and the server is down: its event waits for a time that is far away.
class CommandLineFlushNow : public CommandLineFlush {
 protected:
  void SetUp() override {
    PointAt(collector_.url());
    service_ = Begin({"track", "--stdin", "--backoff-initial", "900", "--backoff-max", "900"});
    TrackWhileTheServerIsDown(0);
  }
  void TrackWhileTheServerIsDown(int n) {
    collector_.SetFaults(R"({"status":{"503":1.0}})");
    ASSERT_TRUE(service_->Write(Lines(n, n + 1)));
    ASSERT_TRUE(WaitFor([&] {
      return Run({"status", "--json"}) == 0 && Said("\"pending\":1,") && Said("\"in_memory\":0,") &&
             Said("\"http_status\":503");
    })) << output_;
    collector_.SetFaults("{}");
  }

  Collector collector_;
  std::unique_ptr<Process> service_;
};

TEST_F(CommandLineFlushNow, HasTheServiceThatSendsTryAtOnceOnceAMinute) {
  EXPECT_EQ(Run({"flush", "--now", "--timeout", "60"}), 0) << output_;
  EXPECT_TRUE(Said("delivered 1, rejected 0, pending 0\n")) << output_;
  EXPECT_FALSE(Said("--now has no effect")) << output_;
  EXPECT_EQ(collector_.CountReceived(), 1u);

  TrackWhileTheServerIsDown(1);
  EXPECT_EQ(Run({"flush", "--now", "--timeout", "1"}), 4) << output_;
  EXPECT_TRUE(Said("--now has no effect: that was done ")) << output_;
  EXPECT_TRUE(Said("and once a minute is allowed")) << output_;
  EXPECT_EQ(collector_.CountReceived(), 1u);
}

// Nothing may be tried before: the minute is left for when it may.
TEST_F(CommandLineFlush, FlushNowSaysThatTheServerAskedToWait) {
  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"status":{"429":1.0},"retry_after":"600"})");
  EXPECT_EQ(Run({"track", "door_opened", "--timeout", "2"}), 4) << output_;
  collector.SetFaults("{}");
  EXPECT_EQ(Run({"flush", "--now", "--timeout", "2"}), 4) << output_;
  EXPECT_TRUE(Said("--now has no effect: the server has asked everybody to wait (HTTP 429"))
      << output_;
  EXPECT_FALSE(std::filesystem::exists(store_ + ".now"));
  // Nor does it help to ask a service.
  const auto service = Begin({"track", "--stdin"});
  EXPECT_TRUE(WaitFor([&] { return Run({"status"}) == 0 && Said(", sends, "); })) << output_;
  EXPECT_EQ(Run({"flush", "--now", "--timeout", "1"}), 4) << output_;
  EXPECT_TRUE(Said("--now has no effect: the server has asked everybody to wait (HTTP 429"))
      << output_;
  EXPECT_FALSE(std::filesystem::exists(store_ + ".now"));
  EXPECT_EQ(collector.CountReceived(), 0u);
}

#ifdef SIGSTOP  // Windows stops no process.
TEST_F(CommandLineFlushNow, TriesItselfIfTheServiceDies) {
  service_->Signal(SIGSTOP);
  auto flush = Begin({"flush", "--now", "--timeout", "60"});
  EXPECT_TRUE(WaitFor([&] { return std::filesystem::exists(store_ + ".now"); }));
  service_->Kill();
  service_->Wait();
  output_ = flush->ReadAll();
  EXPECT_EQ(flush->Wait(), 0) << output_;
  EXPECT_TRUE(Said("delivered 1, rejected 0, pending 0\n")) << output_;
}
#endif

}  // namespace
}  // namespace embeddables::test
