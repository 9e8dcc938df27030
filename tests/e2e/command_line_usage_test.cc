// How the command line is used: who an event is about, where options may stand, what is said of
// mistakes.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/collector.h"
#include "tests/support/command_line.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

class CommandLineUsage : public CommandLineTest {
 protected:
  CommandLineUsage() { PointAt(collector_.url()); }

  // The person of the only event at the server.
  std::string Person() {
    const auto received = collector_.Received();
    collector_.Reset();
    return received.size() == 1 ? received[0].identifier_key + received[0].identifier_value
                                : std::to_string(received.size()) + " events";
  }
  // Runs it, and expects wrong usage and these words.
  void ExpectRefused(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& each : arguments) line += each + " ";
    EXPECT_EQ(Run(arguments), 2) << line << ": " << output_;
    for (const std::string& word : words) EXPECT_TRUE(Said(word)) << line << ": " << output_;
    EXPECT_FALSE(Said("Config::")) << output_;
    EXPECT_LT(output_.size(), 400u) << "not the whole help: " << output_;
  }

  Collector collector_;
};

TEST_F(CommandLineUsage, TrackWithoutAnIdentifierIsRefused) {
  environment_.erase("EMBEDDABLES_IDENTIFIER");
  ExpectRefused({"track", "door"}, {"--identifier", "--anonymous", "identify"});
  ExpectRefused({"track", "door", "--no-flush"}, {"--identifier"});
  EXPECT_EQ(Run({"status"}), 5) << "there is no store: nothing was tracked";
  EXPECT_EQ(Run({"track", "door", "--identifier", "kiosk=17"}), 0) << output_;
  EXPECT_EQ(Person(), "kiosk\"17\"");
  environment_["EMBEDDABLES_IDENTIFIER"] = "kiosk=18";
  EXPECT_EQ(Run({"track", "door"}), 0) << output_;
  EXPECT_EQ(Person(), "kiosk\"18\"");
  ExpectRefused({"track", "door", "--identifier", "nobody"}, {"--identifier must be like"});
  environment_["EMBEDDABLES_IDENTIFIER"] = "nobody";
  ExpectRefused({"track", "door"}, {"EMBEDDABLES_IDENTIFIER must be like"});
}

TEST_F(CommandLineUsage, AnIdentifierThatNoEventCanHaveIsRefusedWithWhatGaveIt) {
  const std::string key(101, 'k'), value(1025, 'v');
  for (const std::string& wrong :
       {std::string("k="), key + "=1", "k=" + value, std::string(R"(k="v")")}) {
    environment_["EMBEDDABLES_IDENTIFIER"] = "kiosk=17";
    ExpectRefused({"track", "door", "--identifier", wrong}, {"--identifier must "});
    environment_["EMBEDDABLES_IDENTIFIER"] = wrong;
    ExpectRefused({"track", "--stdin"}, {"EMBEDDABLES_IDENTIFIER must "});
  }
  EXPECT_EQ(Run({"status"}), 5) << "there is no store: nothing was tracked";
  environment_["EMBEDDABLES_IDENTIFIER"] = key.substr(1) + "=" + value.substr(1);
  EXPECT_EQ(Run({"track", "door"}), 0) << output_;
}

TEST_F(CommandLineUsage, AUrlOrKeyThatIsNotSentIsNamedByWhatGaveIt) {
  ExpectRefused({"track", "door", "--base-url", "http://example.org"},
                {"--base-url is plain http", "--allow-plain-http: example.org"});
  environment_["EMBEDDABLES_API_KEY"] = "rk_demo\tkey";
  ExpectRefused({"track", "door"}, {"EMBEDDABLES_API_KEY holds a control character"});
  environment_["EMBEDDABLES_API_KEY"] = "rk_" + std::string(4100, 'k');
  ExpectRefused({"track", "door"}, {"EMBEDDABLES_API_KEY is longer than 4096 bytes"});
}

TEST_F(CommandLineUsage, ALineWithoutAnIdentifierIsRefused) {
  environment_.erase("EMBEDDABLES_IDENTIFIER");
  const auto process = Begin({"track", "--stdin"});
  process->Write(R"({"name":"nobody"})"
                 "\n"
                 R"({"name":"door","identifier":{"kiosk":"17"}})"
                 "\n"
                 R"({"name":"both","identifier":{"kiosk":"17"},"anonymous":true})"
                 "\n");
  process->CloseInput();
  output_ = process->ReadAll();
  EXPECT_EQ(process->Wait(), 3) << output_;
  EXPECT_TRUE(Said("line 1: ") && Said("--anonymous") && Said("line 3: ")) << output_;
  EXPECT_FALSE(Said("line 2: ")) << output_;
  EXPECT_EQ(Person(), "kiosk\"17\"");
}

TEST_F(CommandLineUsage, IdentifyNamesThePersonOfAnonymousEvents) {
  EXPECT_EQ(Run({"track", "door", "--anonymous", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"flush", "--timeout", "1"}), 4) << "whose is it? " << output_;
  EXPECT_EQ(Run({"identify", "customer=c-1=x"}), 0) << output_;
  EXPECT_EQ(Run({"flush"}), 0) << output_;
  EXPECT_EQ(Person(), "customer\"c-1=x\"");
  // Nobody known is also what a line may say.
  const auto process = Begin({"track", "--stdin", "--no-flush"});
  process->Write("{\"name\":\"door\",\"anonymous\":true}\n");
  process->CloseInput();
  output_ = process->ReadAll();
  EXPECT_EQ(process->Wait(), 0) << output_;
  EXPECT_EQ(Run({"identify", "customer=c-2"}), 0) << output_;
  EXPECT_EQ(Run({"flush"}), 0) << output_;
  EXPECT_EQ(Person(), "customer\"c-2\"");
  ExpectRefused({"identify"}, {"KEY=VALUE"});
  ExpectRefused({"identify", "customer"}, {"KEY=VALUE"});
  ExpectRefused({"identify", "customer="}, {"identifier"});
}

TEST_F(CommandLineUsage, AfterResetEarlierEventsNeverBecomeTheNextPersons) {
  EXPECT_EQ(Run({"track", "door", "--anonymous", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"reset"}), 0) << output_;
  EXPECT_EQ(Run({"identify", "customer=c-2"}), 0) << output_;
  EXPECT_EQ(Run({"track", "door", "--anonymous", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"identify", "customer=c-3"}), 0) << output_;
  EXPECT_EQ(Run({"flush", "--timeout", "2"}), 4) << output_;
  EXPECT_EQ(Person(), "customer\"c-3\"") << "the first one waits";
}

TEST_F(CommandLineUsage, AnonymousAndAnIdentifierWhatIsNearerCounts) {
  ExpectRefused({"track", "door", "--anonymous", "--identifier", "a=b"},
                {"--anonymous and --identifier"});
  EXPECT_EQ(Run({"track", "door", "--anonymous", "--timeout", "0.5"}), 4) << output_;
  environment_.erase("EMBEDDABLES_IDENTIFIER");
  environment_["EMBEDDABLES_ANONYMOUS"] = "true";
  EXPECT_EQ(Run({"track", "door", "--identifier", "kiosk=17", "--store", store_ + "2"}), 0)
      << output_;
  EXPECT_EQ(Person(), "kiosk\"17\"");
}

TEST_F(CommandLineUsage, OptionsMayStandBeforeTheName) {
  EXPECT_EQ(Run({"track", "--prop", "a=b", "--metric", "m=1", "door", "--prop", "c=d"}), 0)
      << output_;
  const auto received = collector_.Received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].name, "door");
  EXPECT_NE(received[0].props.find(R"("a":"b","c":"d")"), std::string::npos) << received[0].props;
  EXPECT_NE(received[0].props.find(R"("payload_metrics":{"m":1})"), std::string::npos);
}

TEST_F(CommandLineUsage, AnEmptyValueIsEmptyAndTakesNothingElse) {
  EXPECT_EQ(Run({"track", "--proxy=", "door", "--text", "t=", "--text=u="}), 0) << output_;
  const auto received = collector_.Received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].name, "door");
  EXPECT_NE(received[0].props.find(R"("t":"","u":"")"), std::string::npos) << received[0].props;
  ExpectRefused({"track", "--prop=", "door"}, {"--prop \"\""});
}

TEST_F(CommandLineUsage, AfterTwoDashesThereAreNoOptions) {
  EXPECT_EQ(Run({"track", "--critical", "--", "door"}), 0) << output_;
  EXPECT_EQ(Run({"track", "door", "--"}), 0) << output_;
  EXPECT_EQ(Run({"dead-letters", "requeue", "--", "7"}), 3) << output_;
  EXPECT_EQ(Run({"track", "--", "--help"}), 3) << "no name: " << output_;
  ExpectRefused({"track", "door", "--", "--critical"}, {"\"--critical\" is one argument too many"});
  ExpectRefused({"track", "--store", "--", "door"}, {"--store needs a value"});
}

TEST_F(CommandLineUsage, OptionsMayStandBeforeTheCommand) {
  EXPECT_EQ(Run({"--store", store_ + "2", "--critical", "track", "door"}), 0) << output_;
  EXPECT_EQ(Run({"--store", "track", "status"}), 5) << "the store's name is no command";
  EXPECT_EQ(Run({"--store", store_ + "2", "dead-letters", "--json", "list"}), 0) << output_;
  EXPECT_EQ(Run({"--store=" + store_ + "2", "status", "--json"}), 0) << output_;
  EXPECT_TRUE(Said("\"delivered\":1")) << output_;
}

TEST_F(CommandLineUsage, EachCommandTakesOnlyWhatConcernsIt) {
  ExpectRefused({"status", "--prop", "a=b"}, {"status has no option --prop"});
  ExpectRefused({"flush", "--identifier", "a=b"}, {"flush has no option --identifier"});
  ExpectRefused({"status", "--base-url", "http://127.0.0.1"}, {"status has no option --base-url"});
  ExpectRefused({"--ack", "flush"}, {"flush has no option --ack"});
  ExpectRefused({"identify", "a=b", "--max-events", "10"}, {"identify has no option --max-events"});
  ExpectRefused({"reset", "--event-id-key", "id"}, {"reset has no option --event-id-key"});
  // A variable is there for all of them.
  environment_["EMBEDDABLES_TIMEOUT"] = "5";
  EXPECT_EQ(Run({"track", "door", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"status"}), 0) << output_;
  EXPECT_EQ(Run({"consent", "given", "--timeout", "5"}), 0) << output_;
  EXPECT_EQ(Run({"purge", "--timeout", "5"}), 0) << output_;
}

TEST_F(CommandLineUsage, AWrongWordIsNamedWithTheNearestRightOne) {
  ExpectRefused({"trakc", "door"}, {"trakc", "did you mean track?"});
  ExpectRefused({"stauts"}, {"did you mean status?"});
  ExpectRefused({"dead-leters"}, {"did you mean dead-letters?"});
  ExpectRefused({"dead-letters", "lsit"}, {"did you mean dead-letters list?"});
  ExpectRefused({"dead-letters", "lsit", "--help"}, {"did you mean dead-letters list?"});
  ExpectRefused({"trakc", "--help"}, {"did you mean track?"});
  ExpectRefused({"dead-letters"}, {"dead-letters list", "dead-letters requeue"});
  ExpectRefused({"track", "door", "--porp", "a=b"}, {"--porp", "did you mean --prop?"});
  ExpectRefused({"frobnicate-everything"}, {"there is no command", "--help"});
  EXPECT_FALSE(Said("did you mean")) << output_;
}

TEST_F(CommandLineUsage, WrongUsageIsAlwaysTwo) {
  ExpectRefused({}, {"--help"});
  ExpectRefused({"track"}, {"NAME", "--stdin"});
  ExpectRefused({"track", "--stdin", "door"}, {"--stdin"});
  ExpectRefused({"track", "door", "--ack"}, {"--ack is for the lines of --stdin"});
  ExpectRefused({"status", "--json", "--prometheus"}, {"--json and --prometheus", "choose one"});
  ExpectRefused({"track", "door", "window"}, {"\"window\" is one argument too many"});
  ExpectRefused({"track", "door", "--store"}, {"--store needs a value"});
  ExpectRefused({"track", "door", "--prop", "novalue"}, {"--prop \"novalue\"", "key=value"});
  ExpectRefused({"track", "door", "--prop", "=x"}, {"--prop"});
  ExpectRefused({"track", "door", "--props-json", "[1]"}, {"--props-json"});
  ExpectRefused({"track", "door", "--store", "a", "--store", "b"}, {"--store", "more than one"});
  ExpectRefused({"track", "door", "--allow-plain-http=perhaps"}, {"--allow-plain-http", "perhaps"});
  ExpectRefused({"track", "door", "--max-events", "many"}, {"--max-events: \"many\""});
  ExpectRefused({"track", "door", "--max-events", "-1"}, {"--max-events: -1"});
  ExpectRefused({"track", "door", "--batch-events", "4294967297"}, {"--batch-events"});
  ExpectRefused({"consent"}, {"given, denied or unknown"});
  ExpectRefused({"consent", "maybe"}, {"given, denied or unknown"});
  ExpectRefused({"dead-letters", "requeue", "first"}, {"id: \"first\""});
  ExpectRefused({"dead-letters", "requeue", "0"}, {"id: there is no 0"});
  ExpectRefused({"track", "door", "--key-file", directory_ / "none"}, {"--key-file", "none"});
}

TEST_F(CommandLineUsage, ErrorsNameWhatGaveTheValue) {
  ExpectRefused({"track", "door", "--project", "x"}, {"--project must begin with pr_"});
  ExpectRefused({"track", "door", "--base-url", "x"}, {"--base-url must begin with https://"});
  ExpectRefused({"track", "door", "--max-in-flight", "0"}, {"--max-in-flight must be 1 to 256"});
  ExpectRefused({"track", "door", "--header", "Host: x"}, {"--header: the agent sets this one"});
  ExpectRefused({"track", "door", "--header", "x"}, {"--header: \"x\" is not like NAME: VALUE"});
  ExpectRefused({"track", "door", "--persist-interval", "2"},
                {"--persist-interval is within 1 s of --flush-interval"});
  EXPECT_EQ(Run({"track", "door", "--prop", "event_id=1"}), 3);
  EXPECT_TRUE(Said("--event-id-key")) << output_;
  environment_["EMBEDDABLES_MAX_IN_FLIGHT"] = "0";
  ExpectRefused({"track", "door"}, {"EMBEDDABLES_MAX_IN_FLIGHT must be 1 to 256"});
  environment_["EMBEDDABLES_MAX_IN_FLIGHT"] = "few";
  ExpectRefused({"track", "door"}, {"EMBEDDABLES_MAX_IN_FLIGHT: \"few\""});
}

TEST_F(CommandLineUsage, WhatIsNotSetIsSaidToBeNotSet) {
  environment_ = {{"HOME", directory_ / ""}, {"EMBEDDABLES_IDENTIFIER", "kiosk=17"}};
  ExpectRefused({"track", "door"}, {"project is not set", "--project", "EMBEDDABLES_PROJECT"});
  ExpectRefused({"track", "door", "--no-flush"}, {"store is not set", "--store"});
  environment_["EMBEDDABLES_PROJECT"] = "pr_demo";
  ExpectRefused({"track", "door"}, {"embeddable is not set", "EMBEDDABLES_EMBEDDABLE"});
  environment_["EMBEDDABLES_EMBEDDABLE"] = "flow_demo";
  ExpectRefused({"track", "door"}, {"API key is not set", "EMBEDDABLES_API_KEY", "--key-file"});
}

TEST_F(CommandLineUsage, SecondsStaySeconds) {
  ExpectRefused({"track", "door", "--max-age", "90"}, {"--max-age: 90 seconds", "3600"});
  ExpectRefused({"track", "door", "--max-age", "5400"}, {"--max-age: 5400 seconds", "3600"});
  ExpectRefused({"track", "door", "--max-age", "0"}, {"--max-age must be 3600 to", "seconds"});
  ExpectRefused({"track", "door", "--connect-timeout", "0"},
                {"--connect-timeout must be 0.001 to 86400 seconds"});
  ExpectRefused({"track", "door", "--timeout", "soon"}, {"--timeout: \"soon\""});
  ExpectRefused({"track", "door", "--timeout", "-1"}, {"--timeout: -1"});
  ExpectRefused({"track", "door", "--timeout", "9000000001"}, {"seconds are too many"});
  ExpectRefused({"track", "door", "--timeout", "0.0001"}, {"it counts whole milliseconds"});
  ExpectRefused({"status", "--max-wait", "0.5"}, {"it counts whole seconds"});
  EXPECT_EQ(Run({"track", "door", "--max-age", "7200", "--connect-timeout", "0.5"}), 0) << output_;
}

TEST_F(CommandLineUsage, HelpIsThereForEachCommand) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"track"},
                                             {"identify"},
                                             {"reset"},
                                             {"flush"},
                                             {"status"},
                                             {"purge"},
                                             {"consent"},
                                             {"dead-letters", "list"},
                                             {"dead-letters", "show"},
                                             {"dead-letters", "export"},
                                             {"top"},
                                             {"doctor"},
                                             {"dead-letters", "requeue"}}) {
    auto words = command;
    words.emplace_back("--help");
    EXPECT_EQ(Run(words), 0) << command[0];
    EXPECT_TRUE(Said("--store") && Said("EMBEDDABLES_STORE") && Said("Exit codes")) << output_;
  }
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_TRUE(Said("dead-letters requeue") && Said("identify")) << output_;
  EXPECT_EQ(Run({"dead-letters", "--help"}), 0);
  EXPECT_TRUE(Said("dead-letters requeue") && !Said("identify")) << output_;
  EXPECT_EQ(Run({"--version"}), 0);
}

TEST_F(CommandLineUsage, OutputThatCannotBeWrittenIsAnError) {
  const auto run = [this](const std::string& arguments) {
    const std::string all = Binary("embeddables-agent") + " " + arguments + " 2>&1 >/dev/full";
    return RunProcess({"sh", "-c", all}, environment_, &output_);
  };
  EXPECT_EQ(run("track door"), 0) << "the event is sent all the same: " << output_;
  EXPECT_EQ(run("status"), 5);
  EXPECT_TRUE(Said("standard output could not be written")) << output_;
}

TEST_F(CommandLineUsage, WhatIsPrintedCannotMoveTheTerminal) {
  const std::string evil =
      "\x1b[2J\x9b"
      "31m\r";
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{evil},
                                             {"status", evil},
                                             {"status", "--" + evil},
                                             {"status", "--store", directory_ / evil},
                                             {"track", evil},
                                             {"track", "door", "--at", evil},
                                             {"track", "door", "--prop", evil},
                                             {"track", "door", "--number", "k=" + evil},
                                             {"track", "door", "--max-events", evil},
                                             {"track", "door", "--header", evil},
                                             {"track", "door", "--key-file", evil},
                                             {"track", "door", "--config", evil},
                                             {"dead-letters", "requeue", evil}}) {
    EXPECT_NE(Run(arguments), 0) << arguments[0];
    EXPECT_EQ(output_.find_first_of("\x1b\x9b\r"), std::string::npos) << output_;
    EXPECT_NE(output_.find("\xEF\xBF\xBD"), std::string::npos) << output_;
  }
}

// A person may say no before anything was tracked.
TEST_F(CommandLineUsage, AnAnswerToConsentIsKeptWhereNoStoreIsYet) {
  EXPECT_EQ(Run({"consent", "denied"}), 0) << output_;
  EXPECT_TRUE(Said("a new store was made at " + store_)) << output_;
  EXPECT_EQ(Run({"track", "door"}), 3) << output_;
  EXPECT_EQ(Run({"consent", "show"}), 0) << output_;
  EXPECT_TRUE(Said("denied")) << output_;
  EXPECT_EQ(Run({"consent", "given"}), 0) << output_;
  EXPECT_FALSE(Said("new store")) << output_;
}

// Neither for those that look nor for those that change it is a mistyped project a new store.
TEST_F(CommandLineUsage, AStoreThatIsNotThereIsNamedWithWhatChoseIt) {
  const std::vector<std::vector<std::string>> commands = {
      {"status"}, {"consent", "show"}, {"dead-letters", "list"}, {"identify", "email=a"}, {"flush"},
      {"reset"}};
  for (const auto& command : commands) {
    EXPECT_EQ(Run(command), 5) << output_;
    EXPECT_TRUE(Said("EMBEDDABLES_STORE: there is no store at " + store_)) << output_;
  }
  environment_["EMBEDDABLES_STORE"] = "";
  environment_["XDG_STATE_HOME"] = environment_["LOCALAPPDATA"] = directory_ / "state";
  for (const auto& command : commands) {
    EXPECT_EQ(Run(command), 5) << command[0] << output_;
    EXPECT_TRUE(Said("there is no store at " + (directory_ / "state"))) << output_;
    EXPECT_TRUE(Said(", which EMBEDDABLES_PROJECT and EMBEDDABLES_EMBEDDABLE choose")) << output_;
    EXPECT_FALSE(Said("--store: ")) << output_;
  }
  EXPECT_FALSE(std::filesystem::exists(directory_ / "state"));
  environment_["EMBEDDABLES_PROJECT"] = "";
  environment_["EMBEDDABLES_EMBEDDABLE"] = "";
  for (const auto& command : commands) {
    if (command[0] != "flush") ExpectRefused(command, {"the store is not set: give --store"});
  }
}

}  // namespace
}  // namespace embeddables::test
