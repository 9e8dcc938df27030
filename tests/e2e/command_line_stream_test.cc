// What `track` and `flush` promise a script: which events are kept and which are not, however it
// ends, and an exit code about the events of this call.

#include <embeddables/agent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/command_line.h"
#include "tests/support/memory_folder.h"
#include "tests/support/mounts.h"
#include "tests/support/other_program.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

class CommandLineStream : public CommandLineTest {
 protected:
  // A number of the store's ledger, which opens what another process has left.
  std::string Ledger(const std::string& name) {
    EXPECT_EQ(Run({"status", "--json"}), 0) << output_;
    const std::string key = "\"" + name + "\":";
    const std::size_t at = output_.find(key);
    if (at == std::string::npos) return output_;
    const std::size_t begin = output_.find_first_not_of(' ', at + key.size());
    return output_.substr(begin, output_.find_first_of(",}\n", begin) - begin);
  }
  // `track --stdin` that has stored a hundred lines: its signals are awaited.
  std::unique_ptr<Process> BeginTracking(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"track", "--stdin", "--ack"});
    auto track = Begin(more);
    EXPECT_TRUE(track->Write(Lines(0, 100)));
    EXPECT_TRUE(ReadTo(track.get(), "stored 100"));
    return track;
  }
  // Reads up to a line that begins so. False: the output ended before.
  static bool ReadTo(Process* process, const std::string& beginning) {
    std::string line = process->ReadLine();
    while (!line.empty() && line.rfind(beginning, 0) != 0) line = process->ReadLine();
    return !line.empty();
  }
  // What is said at its end.
  int EndOf(Process* process) {
    output_ = process->ReadAll();
    return process->Wait();
  }
  // True if so many of the events in memory are not stored yet.
  bool InMemory(const std::string& count) {
    return Run({"status", "--json"}) == 0 && Said("\"in_memory\":" + count + ",");
  }
};

// The memory that outlives the process is taken away, as a reboot does.
TEST_F(CommandLineStream, ASignalStopsReadingAndEveryLineIsOnDisk) {
  environment_["EMBEDDABLES_CRASH_SAFE_INTAKE"] = "false";
  int kept = 0;
  for (const int signal : {SIGTERM, SIGHUP, SIGINT}) {
    auto track = BeginTracking({"--persist-interval", "3600"});
    ASSERT_TRUE(track->Write(Lines(100, 200)));
    track->Signal(signal);  // the lines that stand in the pipe are read all the same
    output_ = track->ReadAll();
    EXPECT_EQ(track->Wait(), -signal) << output_;
    EXPECT_TRUE(Said("accepted 200, refused 0, stored 200,")) << output_;
    EXPECT_FALSE(Said("paus")) << output_;
    kept += 200;
    EXPECT_EQ(Ledger("accepted"), std::to_string(kept));
  }
}

TEST_F(CommandLineStream, ALineWithoutItsEndIsNamedWhenASignalCutsIt) {
  auto track = BeginTracking();
  ASSERT_TRUE(track->Write(Lines(100, 102) + R"({"name":"ti)"));
  track->Signal(SIGTERM);
  output_ = track->ReadAll();
  EXPECT_EQ(track->Wait(), -SIGTERM);
  EXPECT_TRUE(Said("line 103 was cut off by the signal and is not kept")) << output_;
  EXPECT_TRUE(Said("accepted 102, refused 0, stored 102,")) << output_;
}

// The disk is slow: another program holds the store.
TEST_F(CommandLineStream, ASignalWhileTheDiskIsWaitedForLosesNoLine) {
  if (MemoryFolder().empty()) GTEST_SKIP() << "needs memory that outlives a process";
  auto track = BeginTracking({"--no-flush", "--timeout", "600"});
  OtherProgram other(store_);
  other.HoldForWriting();
  ASSERT_TRUE(track->Write(Lines(100, 350)));
  EXPECT_TRUE(WaitFor([&] { return InMemory("100"); })) << "line 200 is to be acknowledged";
  track->Signal(SIGTERM);
  EXPECT_TRUE(WaitFor([&] { return InMemory("250"); })) << output_;
  other.LetGo();
  EXPECT_EQ(EndOf(track.get()), -SIGTERM) << output_;
  EXPECT_TRUE(Said("stored 350\n")) << "with --ack: " << output_;
  EXPECT_TRUE(Said("accepted 350, refused 0, stored 350,")) << output_;
}

// A service's end kills after a while, however long --timeout is.
TEST_F(CommandLineStream, ASignalOnADiskThatIsStuckNamesTheLinesThatAreNotKept) {
  if (MemoryFolder().empty()) GTEST_SKIP() << "needs memory that outlives a process";
  auto track = Begin({"track", "--stdin", "--no-flush", "--timeout", "600"});
  ASSERT_TRUE(track->Write(Lines(0, 1)));
  ASSERT_TRUE(WaitFor([&] { return InMemory("0") && Said("\"pending\":1,"); })) << output_;
  OtherProgram other(store_);
  other.HoldForWriting();
  std::thread writer([&] {
    const std::string n(10'000, 'x');
    const std::string large = R"({"name":"tick","props":{"n":")" + n + "\"}}\n";
    for (int i = 0; i < 1000 && track->Write(large); ++i) {
    }
  });
  std::uint64_t before = 0;
  int same = 0;
  EXPECT_TRUE(WaitFor([&] {
    Inspection seen;
    EXPECT_TRUE(Agent::Inspect(store_, &seen).ok());
    same = seen.in_memory == before && before != 0 ? same + 1 : 0;
    before = seen.in_memory;
    return same == 100;
  })) << "there is no room left in memory";
  const auto begun = std::chrono::steady_clock::now();
  track->Signal(SIGTERM);
  EXPECT_EQ(EndOf(track.get()), -SIGTERM) << output_;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(18));
  writer.join();
  EXPECT_TRUE(Said("lines 1 to 1 are stored, line 2 and later are not; of these, lines 2 to "))
      << output_;
  other.LetGo();
}

TEST_F(CommandLineStream, ALineIsAcknowledgedWhenNoOtherFollows) {
  auto track = Begin({"track", "--stdin", "--ack", "--no-flush"});
  for (int line = 1; line <= 3; ++line) {
    ASSERT_TRUE(track->Write(Lines(line, line + 1)));
    EXPECT_EQ(track->ReadLine(), "stored " + std::to_string(line));
  }
  track->Signal(SIGTERM);
  EXPECT_EQ(EndOf(track.get()), -SIGTERM) << output_;
}

TEST_F(CommandLineStream, ALineThatIsTooLongIsRefusedAndTheOthersGoOn) {
  auto track = Begin({"track", "--stdin", "--no-flush"});
  const std::string longest(4u << 20, ' ');
  ASSERT_TRUE(track->Write(longest + "\n"));
  ASSERT_TRUE(
      track->Write(longest + " \n" + longest + longest + "\n" + Lines(0, 1) + longest + " "));
  track->CloseInput();
  EXPECT_EQ(EndOf(track.get()), 3) << output_;
  EXPECT_FALSE(Said("line 1:")) << "it has no more than 4 MiB: " << output_;
  EXPECT_EQ(output_,
            "line 2: it is longer than 4 MiB\n"
            "line 3: it is longer than 4 MiB\n"
            "line 5: it is longer than 4 MiB\n"
            "accepted 1, refused 3, stored 1, delivered 0, rejected 0, pending 1\n");
}

TEST_F(CommandLineStream, AnInputThatCannotBeReadIsNoEndOfInput) {
  const std::string command =
      Binary("embeddables-agent") + " track --stdin --no-flush --timeout 2 ";
  for (const std::string input : {"< /", "<&-"}) {
    Process track({"sh", "-c", command + input}, environment_, true);
    EXPECT_EQ(EndOf(&track), 2) << input << output_;
    EXPECT_TRUE(Said("standard input cannot be read: ")) << input << output_;
  }
}

TEST_F(CommandLineStream, ALinesMistakeIsSaidInTheLinesWords) {
  auto track = Begin({"track", "--stdin", "--no-flush"});
  ASSERT_TRUE(track->Write("{\"name\":\"x\",\"embeddable_id\":\"flow_demo\"}\n"));
  track->CloseInput();
  EXPECT_EQ(EndOf(track.get()), 3) << output_;
  EXPECT_TRUE(Said("embeddable_id")) << output_;
  EXPECT_FALSE(Said("--embeddable")) << output_;
}

TEST_F(CommandLineStream, ASignalEndsAFlushWithoutAWordOfAPause) {
  EXPECT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"latency_ms":60000})");
  auto flush = Begin({"flush", "--timeout", "600", "--verbose"});
  ASSERT_TRUE(ReadTo(flush.get(), "request: "));
  flush->Signal(SIGTERM);
  output_ = flush->ReadAll();
  EXPECT_EQ(flush->Wait(), -SIGTERM);
  EXPECT_FALSE(Said("paus")) << output_;
  EXPECT_TRUE(Said("delivered 0, rejected 0, pending 1\n")) << output_;
  collector.Kill();  // it would first answer
}

TEST_F(CommandLineStream, AnIgnoredSignalIsIgnored) {
  const std::string command = "trap '' HUP; exec " + Binary("embeddables-agent") + " track --stdin";
  Process track({"sh", "-c", command + " --ack --no-flush"}, environment_, true);
  ASSERT_TRUE(track.Write(Lines(0, 100)));
  ASSERT_TRUE(ReadTo(&track, "stored 100"));
  track.Signal(SIGHUP);
  ASSERT_TRUE(track.Write(Lines(100, 101)));
  track.CloseInput();
  output_ = track.ReadAll();
  EXPECT_EQ(track.Wait(), 0) << output_;
  EXPECT_TRUE(Said("accepted 101,")) << output_;
}

TEST_F(CommandLineStream, TheLastLineCountsWhatWasSentBeforeTheInputEnded) {
  Collector collector;
  PointAt(collector.url());
  auto track = Begin({"track", "--stdin", "--flush-interval", "0.05", "--persist-interval", "5"});
  ASSERT_TRUE(track->Write(Lines(0, 60) + "not json\n"));
  ASSERT_TRUE(WaitFor([&] { return collector.CountReceived() == 60; }));
  track->CloseInput();
  output_ = track->ReadAll();
  EXPECT_EQ(track->Wait(), 3) << "a line was refused";
  EXPECT_TRUE(Said("\naccepted 60, refused 1, stored 60, delivered 60, rejected 0, pending 0\n"))
      << output_;
}

TEST_F(CommandLineStream, WithoutAFlushTheLastLineCountsWhatIsStored) {
  EXPECT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  EXPECT_EQ(output_, "accepted 1, refused 0, stored 1, delivered 0, rejected 0, pending 1\n");
  auto track = Begin({"track", "--stdin", "--no-flush"});
  ASSERT_TRUE(track->Write(Lines(0, 3)));
  track->CloseInput();
  EXPECT_EQ(track->ReadLine(),
            "accepted 3, refused 0, stored 3, delivered 0, rejected 0, pending 4");
  EXPECT_EQ(track->Wait(), 0);
}

TEST_F(CommandLineStream, ExitFourIsAboutTheEventsOfThisCall) {
  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"unknown_users":["nobody"]})");
  EXPECT_EQ(Run({"track", "old", "--identifier", "email=nobody"}), 4) << output_;
  EXPECT_TRUE(Said("1 event waits for the server to know the person, who must have an entry"))
      << output_;
  EXPECT_EQ(Run({"track", "mine"}), 0) << output_;
  EXPECT_TRUE(Said("delivered 1, rejected 0, pending 1\n")) << output_;
  EXPECT_TRUE(Said("1 event waits (0 of this call) for the server to know")) << output_;
  EXPECT_EQ(Run({"flush"}), 4) << "the flush is about all: " << output_;
  EXPECT_EQ(Run({"track", "mine", "--identifier", "email=nobody"}), 4) << output_;
  EXPECT_TRUE(Said("2 events wait (1 of this call)")) << output_;
}

// Nor does it matter who sends them.
TEST_F(CommandLineStream, ExitFourIsAboutTheEventsOfThisCallBesideAnotherSender) {
  Collector collector;
  PointAt(collector.url());
  auto sender = BeginTracking();
  collector.SetFaults(R"({"unknown_users":["nobody"]})");
  ASSERT_TRUE(sender->Write(R"({"name":"old","identifier":{"email":"nobody"}})"
                            "\n" +
                            Lines(100, 199)));
  ASSERT_TRUE(ReadTo(sender.get(), "stored 200"));
  ASSERT_TRUE(WaitFor([&] { return collector.CountReceived() == 199; }));
  EXPECT_EQ(Run({"track", "mine", "--timeout", "2"}), 0) << output_;
  EXPECT_TRUE(Said("accepted 1, refused 0, stored 1, delivered 1, rejected 0, pending 1\n"))
      << output_;
  EXPECT_TRUE(Said("1 of them were sent by another process")) << output_;
  EXPECT_TRUE(Said("another process, which sends for this store")) << output_;
  EXPECT_EQ(collector.CountReceived(), 200u);
  EXPECT_EQ(Run({"track", "mine", "--identifier", "email=nobody", "--timeout", "1"}), 4) << output_;
}

TEST_F(CommandLineStream, AnEventThatAnotherSenderGotRefusedIsNotDone) {
  Collector collector;
  PointAt(collector.url());
  auto sender = BeginTracking();
  collector.SetFaults(R"({"by_event":{"mine":422}})");
  EXPECT_EQ(Run({"track", "mine", "--timeout", "5"}), 3) << output_;
  EXPECT_TRUE(Said("1 of them were dropped, refused by the server, or sent by another process"))
      << output_;
}

TEST_F(CommandLineStream, OwnEventsThatABoundDropsAreNotDone) {
  auto track = Begin({"track", "--stdin", "--no-flush", "--max-events", "10"});
  ASSERT_TRUE(track->Write(Lines(0, 20)));
  track->CloseInput();
  EXPECT_EQ(EndOf(track.get()), 3) << output_;
  EXPECT_TRUE(Said("dropped 10: row_bound")) << output_;
  EXPECT_EQ(Run({"track", "x", "--no-flush"}), 0) << "an older one went: " << output_;
  EXPECT_TRUE(Said("dropped 1: row_bound")) << output_;
}

TEST_F(CommandLineStream, ALowerBoundIsSaidBeforeItDropsAnything) {
  auto track = Begin({"track", "--stdin", "--no-flush"});
  ASSERT_TRUE(track->Write(Lines(0, 30)));
  track->CloseInput();
  EXPECT_EQ(EndOf(track.get()), 0) << output_;
  const std::string words = " of the store is 10 from now on, and was 1000000;";
  environment_["EMBEDDABLES_MAX_EVENTS"] = "10";
  EXPECT_EQ(Run({"consent", "given"}), 0) << output_;
  EXPECT_TRUE(Said("this process: EMBEDDABLES_MAX_EVENTS" + words)) << output_;
  EXPECT_TRUE(Said("dropped 20: row_bound")) << output_;
  EXPECT_LT(output_.find(words), output_.find("dropped 20")) << output_;
  environment_.erase("EMBEDDABLES_MAX_EVENTS");
  EXPECT_EQ(Run({"purge"}), 0) << output_;
  EXPECT_FALSE(Said("dropped")) << "said already: " << output_;
}

TEST_F(CommandLineStream, AStoreThatDoesNotTakeItIsNoMissingNetwork) {
  ASSERT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  OtherProgram other(store_);
  other.HoldForWriting();
  EXPECT_EQ(Run({"identify", "email=a"}), 5) << output_;
  EXPECT_TRUE(Said("the store did not take it in time; try again when it can")) << output_;
  other.LetGo();
  EXPECT_EQ(Run({"identify", "email=a"}), 0) << output_;
}

TEST_F(CommandLineStream, WhatFlushNowMakesBelongsToTheStoresOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  constexpr uid_t kOwner = 65534;
  ASSERT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  for (const auto& each : fs::recursive_directory_iterator(directory_ / "")) {
    ASSERT_EQ(chown(each.path().c_str(), kOwner, kOwner), 0) << each.path();
  }
  EXPECT_EQ(Run({"flush", "--now", "--timeout", "1"}), 4) << output_;
  struct stat facts {};
  ASSERT_EQ(stat((store_ + ".now").c_str(), &facts), 0) << output_;
  EXPECT_EQ(facts.st_uid, kOwner);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(CommandLineStream, AFlushBesideAnotherSenderSaysWhoSends) {
  auto sender = BeginTracking();
  int seconds = 1;  // a slow machine does not know it by then
  EXPECT_TRUE(WaitFor([&] {
    EXPECT_EQ(Run({"flush", "--timeout", std::to_string(seconds)}), 4) << output_;
    seconds *= 2;
    return Said("100 events wait for another process, which sends for this store");
  })) << output_;
}

TEST_F(CommandLineStream, WhatIsWaitedForIsSaidWithItsNextTry) {
  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"status":{"503":1.0}})");
  EXPECT_EQ(Run({"track", "x", "--timeout", "2", "--backoff-initial", "60"}), 4) << output_;
  EXPECT_TRUE(Said("1 event waits for the server, ")) << output_;
  EXPECT_TRUE(Said("next try in ")) << output_;
  EXPECT_TRUE(Said("(HTTP 503: as asked for by /_faults)")) << output_;
  environment_["EMBEDDABLES_CONSENT_REQUIRED"] = "true";
  EXPECT_EQ(Run({"flush"}), 4) << output_;
  EXPECT_TRUE(Said("1 event waits for the person's consent (embeddables-agent consent given)"))
      << output_;
}

TEST_F(CommandLineStream, FlushNowTriesAtOnceWhatWaitsAtMostOnceAMinute) {
  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"unknown_users":true})");
  EXPECT_EQ(Run({"track", "x"}), 4) << output_;
  collector.SetFaults("{}");
  EXPECT_EQ(Run({"flush"}), 4) << "its time has not come: " << output_;
  EXPECT_EQ(Run({"flush", "--now"}), 0) << output_;
  EXPECT_TRUE(Said("delivered 1, rejected 0, pending 0\n")) << output_;
  EXPECT_EQ(collector.CountReceived(), 1u);

  collector.SetFaults(R"({"unknown_users":true})");
  EXPECT_EQ(Run({"track", "x"}), 4) << output_;
  collector.SetFaults("{}");
  EXPECT_EQ(Run({"flush", "--now"}), 4) << output_;
  EXPECT_TRUE(Said("--now has no effect: that was done ")) << output_;
  EXPECT_TRUE(Said("1 event waits for the server to know")) << output_;
  fs::last_write_time(store_ + ".now", fs::file_time_type::clock::now() - std::chrono::seconds(61));
  EXPECT_EQ(Run({"flush", "--now"}), 0) << output_;
  EXPECT_EQ(collector.CountReceived(), 2u);
}

class CommandLineOnAFullDisk : public CommandLineStream {
 protected:
  void SetUp() override {
    if (!EnterOwnMounts()) GTEST_SKIP() << kNoOwnMounts;
    fs::create_directory(disk_);
    if (!MountMemoryDisk(disk_, "16m")) GTEST_SKIP() << "needs a disk of its own";
    store_ = disk_ + "/events.db";
    environment_["EMBEDDABLES_STORE"] = store_;
    environment_["EMBEDDABLES_MIN_FREE_BYTES"] = "0";
    ASSERT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  }
  void TearDown() override { umount2(disk_.c_str(), MNT_DETACH); }

  void Fill() const {
    const int file =
        open((disk_ + "/ballast").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    for (const std::size_t piece : {std::size_t{64 * 1024}, std::size_t{1024}}) {
      const std::string bytes(piece, 'x');
      while (write(file, bytes.data(), bytes.size()) > 0) {
      }
    }
    close(file);
  }
  void Empty() const { fs::remove(disk_ + "/ballast"); }
  // The number in the output after `words`.
  std::uint64_t NumberAfter(const std::string& words) const {
    const std::size_t at = output_.find(words);
    EXPECT_NE(at, std::string::npos) << words << " in " << output_;
    return at == std::string::npos ? 0 : std::strtoull(&output_[at + words.size()], nullptr, 10);
  }

  const std::string disk_ = directory_ / "disk";
  // What the store has put by for a full disk does not take this.
  const std::string large_ = std::string(10'000, 'x');
};

// The producer has more lines than fit anywhere, and never ends.
TEST_F(CommandLineOnAFullDisk, TrackEndsWithinItsTimeoutAndSaysWhichLinesAreKept) {
  environment_["EMBEDDABLES_CRASH_SAFE_INTAKE"] = "false";
  Fill();
  std::ofstream(directory_ / "lines") << Lines(0, 100'000);
  const std::string command = "(cat " + (directory_ / "lines") + "; exec sleep 1000) | { " +
                              Binary("embeddables-agent") + " track --stdin --timeout 3; " +
                              "echo exit $?; }";
  const auto begun = std::chrono::steady_clock::now();
  Process track({"sh", "-c", command}, environment_, true);
  std::string line;
  output_.clear();
  while (line.rfind("exit ", 0) != 0) {
    line = track.ReadLine();
    ASSERT_FALSE(line.empty()) << output_;
    output_ += line + "\n";
  }
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_EQ(line, "exit 5") << output_;
  EXPECT_LT(took, std::chrono::seconds(10)) << "ends though the input goes on";
  EXPECT_TRUE(Said("the disk is full; make room")) << output_;
  const std::uint64_t stored = Said("no line is stored") ? 0 : NumberAfter("lines 1 to ");
  EXPECT_EQ(NumberAfter(", stored "), stored) << "each line is an event";
  EXPECT_GT(NumberAfter("accepted "), stored);
  Empty();
  EXPECT_EQ(Ledger("accepted"), std::to_string(stored + 1)) << "kept as was said: " << output_;
}

TEST_F(CommandLineOnAFullDisk, LinesInMemoryThatOutlivesTheProcessAreNamed) {
  if (MemoryFolder().empty()) GTEST_SKIP() << "needs memory that outlives a process";
  Fill();
  auto track = Begin({"track", "--stdin", "--timeout", "3", "--persist-interval", "0.5"});
  ASSERT_TRUE(track->Write(Lines(0, 500)));  // and then nothing: the producer waits
  output_ = track->ReadAll();
  EXPECT_EQ(track->Wait(), 5) << output_;
  EXPECT_TRUE(Said(" to 500 are in memory: the next start stores them, unless the machine"))
      << output_;
  Empty();
  EXPECT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Ledger("accepted"), "502");
}

TEST_F(CommandLineOnAFullDisk, ASingleEventInMemoryIsSaidWithinItsTimeout) {
  if (MemoryFolder().empty()) GTEST_SKIP() << "needs memory that outlives a process";
  Fill();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(Run({"track", "x", "--prop", "x=" + large_, "--no-flush", "--timeout", "3"}), 5);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(8));
  EXPECT_TRUE(Said("the disk is full; make room")) << output_;
  EXPECT_TRUE(Said("the event is in memory: the next start stores it")) << output_;
  EXPECT_TRUE(Said("accepted 1, refused 0, stored 0,")) << output_;
  EXPECT_EQ(Run({"flush", "--timeout", "1"}), 4) << output_;
  EXPECT_TRUE(
      Said("1 event is in the memory of a process that ended; the next start that can write "
           "stores it; the disk is full: "))
      << output_;
  EXPECT_FALSE(Said("of another process")) << output_;
  Empty();
  EXPECT_EQ(Run({"track", "y", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Ledger("accepted"), "3");
}

}  // namespace
}  // namespace embeddables::test
