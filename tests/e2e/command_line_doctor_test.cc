// `doctor`: each of its lines is made to fail by a real fault, and it disturbs nothing.

#include <embeddables/agent.h>
#include <fcntl.h>
#include <rapidjson/document.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/intake/intake_layout.h"
#include "agent/intake/live_status.h"
#include "tests/support/certificates.h"
#include "tests/support/command_line.h"
#include "tests/support/inspecting.h"
#include "tests/support/mounts.h"
#include "tests/support/other_program.h"
#include "tests/support/raw_server.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

class Doctor : public CommandLineTest {
 protected:
  struct Line {
    std::string verdict, what, next;
  };

  // Returns the exit code; *lines has each check by its name.
  int Examine(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"doctor", "--json"});
    const int exit = Run(more);
    rapidjson::Document document;
    document.Parse(output_.c_str());
    EXPECT_TRUE(document.IsObject()) << output_;
    lines_.clear();
    if (!document.IsObject()) return exit;
    for (const auto& check : document["checks"].GetArray()) {
      lines_[check["check"].GetString()] = {check["verdict"].GetString(), check["what"].GetString(),
                                            check["next"].GetString()};
    }
    EXPECT_EQ(document["exit"].GetInt(), exit);
    return exit;
  }
  const std::string& Verdict(const std::string& name) { return lines_[name].verdict; }
  // It has this verdict, its words hold `what`, and where it is not well it says what to do.
  void Expect(const std::string& name, const std::string& verdict, const std::string& what) {
    EXPECT_EQ(Verdict(name), verdict) << name << " in " << output_;
    EXPECT_NE(lines_[name].what.find(what), std::string::npos) << name << " in " << output_;
    if (verdict == "fail" || verdict == "warn") {
      EXPECT_FALSE(lines_[name].next.empty()) << name << " in " << output_;
    }
  }
  void Answer(std::function<std::string(const std::string& request)> answer) {
    server_ = std::make_unique<RawServer>([answer](RawConnection* connection) {
      std::string request;
      while (connection->ReadRequest(&request) && connection->Send(answer(request))) continue;
    });
    PointAt(server_->url());
  }
  void MakeStore() { ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_; }
  std::unique_ptr<Process> StartService(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"track", "--stdin", "--persist-interval", "0.1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto service = Begin(arguments);
    EXPECT_TRUE(WaitFor([this] { return Run({"status"}) == 0 && !Said("no process"); })) << output_;
    return service;
  }

  std::map<std::string, Line> lines_;
  std::unique_ptr<RawServer> server_;
};

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

TEST_F(Doctor, ACertificateThatIsExpiredUntrustedOrSoonOver) {
  Authority authority;
  const auto serve = [this](const Certificate& with) {
    auto collector =
        std::make_unique<Collector>(std::vector<std::string>{"--tls", with.certificate, with.key});
    PointAt(collector->url());
    return collector;
  };
  const std::string ca = authority.ca_file();
  {
    const auto collector = serve(authority.Issue("IP:127.0.0.1"));
    EXPECT_EQ(Examine({"--ca-file", ca}), 0) << output_;
    Expect("tls", "ok", "test authority");
    EXPECT_NE(lines_["tls"].what.find(", valid for "), std::string::npos) << output_;
    EXPECT_EQ(Examine(), 4);
    Expect("tls", "fail", "test authority");
    EXPECT_NE(lines_["tls"].next.find("--ca-file"), std::string::npos) << output_;
    Expect("server", "not known", "");
  }
  const auto expired = serve(authority.IssueExpired("IP:127.0.0.1"));
  EXPECT_EQ(Examine({"--ca-file", ca}), 4);
  Expect("tls", "fail", "expired");
  EXPECT_NE(lines_["tls"].next.find("it ended on "), std::string::npos) << output_;
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
  std::tm parts{};
  gmtime_r(&then, &parts);
  char text[60];
  std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
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

class DoctorOfADisk : public Doctor {
 protected:
  void SetUp() override {
    if (!EnterOwnMounts()) GTEST_SKIP() << kNoOwnMounts;
    fs::create_directory(disk_);
    if (!MountMemoryDisk(disk_, "16m")) GTEST_SKIP() << "needs a disk of its own";
    environment_["EMBEDDABLES_STORE"] = disk_ + "/events.db";
    MakeStore();
  }
  void TearDown() override { umount2(disk_.c_str(), MNT_DETACH); }

  const std::string disk_ = directory_ / "disk";
};

TEST_F(DoctorOfADisk, ThatIsNearlyFullOrFull) {
  Examine();
  Expect("disk", "ok", "MiB are free");
  std::ofstream(disk_ + "/more") << std::string(8 << 20, 'x');
  Examine();
  Expect("disk", "warn", "less than the 10 MiB");
  std::ofstream(disk_ + "/rest") << std::string(16 << 20, 'x');
  EXPECT_NE(Examine(), 0);
  Expect("disk", "fail", " are free");
}

TEST_F(DoctorOfADisk, ThatCannotBeWritten) {
  ASSERT_EQ(mount(nullptr, disk_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  Examine();
  Expect("fsync", "fail", "");
  Expect("store", "fail", "cannot be written");
}

TEST_F(DoctorOfADisk, WhoseFlashIsWornOut) {
  if (!MountMemoryDisk("/sys", "1m")) GTEST_SKIP() << "needs mounts on /sys";
  const auto wear = [this](const std::string& words) {
    fs::create_directories("/sys/block/mmcblk0/device");
    std::ofstream("/sys/block/mmcblk0/device/life_time") << words;
    return Examine();
  };
  wear("0x01 0x02\n");
  Expect("flash", "ok", "mmcblk0 has used 10 to 20 %");
  wear("0x0a 0x02\n");
  Expect("flash", "warn", "mmcblk0 has used 90 to 100 %");
  wear("0x02 0x0b\n");
  Expect("flash", "fail", "mmcblk0 is past its life");
  umount2("/sys", MNT_DETACH);
}

TEST_F(DoctorOfADisk, WithoutAFolderInMemory) {
  environment_["XDG_RUNTIME_DIR"] = directory_ / "none";
  ASSERT_EQ(mount("none", "/dev/shm", "tmpfs", MS_RDONLY, nullptr), 0);
  const std::string run = "/run/user/" + std::to_string(getuid());
  const bool there = fs::exists(run);
  if (there) {
    ASSERT_EQ(mount("none", run.c_str(), "tmpfs", MS_RDONLY, nullptr), 0);
  }
  Examine();
  Expect("memory", "warn", "no folder in memory");
  umount2("/dev/shm", MNT_DETACH);
  if (there) umount2(run.c_str(), MNT_DETACH);
}

TEST_F(Doctor, ADiskThatIsStuckHoldsItUpNoLongerThanItsTimeout) {
  MakeStore();
  environment_["LD_PRELOAD"] = Binary("fsync_shim.so");
  environment_["EMBEDDABLES_FSYNC_STUCK"] = directory_ / "stuck";
  std::ofstream(directory_ / "stuck") << "x";
  EXPECT_EQ(Examine({"--timeout", "0.3"}), 4) << "nothing listens, either";
  Expect("fsync", "fail", "longer than 300 ms");
}

TEST_F(Doctor, AStoreThatCannotBeReadOrHasLostEvents) {
  Collector collector;
  PointAt(collector.url());
  EXPECT_EQ(Examine(), 0);
  Expect("store", "not known", "there is none yet");
  collector.SetFaults(R"({"by_event":{"door_opened":422}})");
  EXPECT_EQ(Run({"track", "door_opened"}), 3);
  EXPECT_EQ(Examine(), 0);
  Expect("store", "warn", "1 events were lost");
  std::ofstream(store_ + ".damaged-1") << "x";
  ASSERT_EQ(Run({"purge"}), 0) << output_;
  std::ofstream(store_ + ".damaged-1") << "x";
  Examine();
  Expect("store", "warn", "1 damaged files");
  std::ofstream(store_) << std::string(8192, 'x');
  EXPECT_EQ(Examine(), 5) << output_;
  Expect("store", "fail", "");
}

// In the page that a live process keeps for those who look.
void RewriteVersion(const std::string& memory, const std::string& version) {
  const std::string bytes = ReadAtOnce(memory);
  const std::size_t at = bytes.find(std::string(kVersion) + '\0');
  ASSERT_NE(at, std::string::npos);
  LiveStatus status;
  const std::size_t begin = at - offsetof(LiveStatus, version);
  std::memcpy(static_cast<void*>(&status), &bytes[begin], sizeof status);
  version.copy(status.version, version.size());
  const int file = open(memory.c_str(), O_RDWR | O_CLOEXEC);
  void* mapped = mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  auto* page = static_cast<char*>(mapped) + begin - offsetof(intake::StatusPage, words);
  LiveStatusWriter().Write(status, reinterpret_cast<intake::StatusPage*>(page));
  munmap(mapped, bytes.size());
  close(file);
}

TEST_F(Doctor, ShowsWhereMemoryIsAndWhichProcessesRun) {
  Collector collector;
  PointAt(collector.url());
  MakeStore();
  auto service = StartService();
  EXPECT_EQ(Examine(), 0) << output_;
  Expect("memory", "ok", "crash-safe, in /");
  Expect("processes", "ok", std::to_string(service->id()) + " of version " + kVersion);

  // Another version: the process is stopped, and what it tells of itself is rewritten.
  service->Signal(SIGSTOP);
  RewriteVersion(lines_["memory"].what.substr(std::string("crash-safe, in ").size()), "9.9.9");
  Examine();
  Expect("processes", "warn", "of version 9.9.9");
  service->Signal(SIGCONT);
  service->CloseInput();
  service->Wait();
}

TEST_F(Doctor, APlainMemoryIsToldOf) {
  MakeStore();
  EXPECT_EQ(Examine({"--crash-safe-intake", "false"}), 4);
  Expect("memory", "warn", "--crash-safe-intake turns it off");
  const auto service = StartService({"--crash-safe-intake", "false"});
  Examine();
  Expect("memory", "warn", "plain memory");
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
