// `dead-letters show` and `export`, and what --version says of the build.

#include <curl/curlver.h>
#include <embeddables/agent.h>
#include <sqlite3.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/command_line.h"
#include "tests/support/inspecting.h"
#include "tests/support/other_program.h"

namespace embeddables::test {
namespace {

class CommandLineLetters : public CommandLineTest {
 protected:
  void SetUp() override {
    PointAt(collector_.url());
    collector_.SetFaults(R"({"by_event":{"door_opened":422,"shop":422}})");
    ASSERT_EQ(Run({"track", "door_opened", "--text", "big=1", "--number",
                   "serial=12345678901234567", "--prop", "who=M\xc3\xbcller", "--metric",
                   "seconds=1.50", "--at", "2026-02-03T04:05:06.789Z"}),
              3)
        << output_;
    ASSERT_EQ(Run({"track", "shop", "--identifier", "email=other@here.example"}), 3) << output_;
  }

  Collector collector_;
};

TEST_F(CommandLineLetters, ShowTellsAllOfOne) {
  ASSERT_EQ(Run({"dead-letters", "show", "1"}), 0) << output_;
  for (const char* line :
       {"id         1\n", "event      door_opened\n", "event id   ", "answer     HTTP 422\n",
        "message    as asked for by /_faults\n", "request    {\"embeddable_id\":\"flow_demo\""}) {
    EXPECT_TRUE(Said(line)) << line << " is not in\n" << output_;
  }
  EXPECT_FALSE(Said("shop")) << output_;
  ASSERT_EQ(Run({"dead-letters", "show", "1", "2", "--json"}), 0) << output_;
  EXPECT_TRUE(Said("{\"id\":1,") && Said("\n{\"id\":2,")) << output_;

  EXPECT_EQ(Run({"dead-letters", "show", "3"}), 3);
  EXPECT_TRUE(Said("there is no dead letter 3; ")) << output_;
  EXPECT_EQ(Run({"dead-letters", "show", "1", "3", "2"}), 3);
  EXPECT_TRUE(Said("there is no dead letter 3; ") && Said("\n\nid         2\n")) << output_;
  EXPECT_EQ(Run({"dead-letters", "show"}), 2);
  EXPECT_EQ(Run({"dead-letters", "show", "x"}), 2);
  EXPECT_EQ(Run({"dead-letters", "show", "0"}), 2);
}

// What the library adds to a server's words names options.
TEST_F(CommandLineLetters, WhoStayedUnknownIsALetterWithAdvice) {
  collector_.SetFaults(R"({"unknown_users":true})");
  ASSERT_EQ(Run({"track", "window_opened", "--unknown-user-max-age", "0"}), 3) << output_;
  EXPECT_TRUE(Said("; check EMBEDDABLES_EMBEDDABLE, the identifier's key")) << output_;
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"dead-letters", "list"},
                                             {"dead-letters", "show", "3"},
                                             {"dead-letters", "list", "--json"}}) {
    EXPECT_EQ(Run(command), 0) << output_;
    EXPECT_TRUE(Said("; check --embeddable, the identifier's key")) << output_;
    EXPECT_FALSE(Said("Config::")) << output_;
  }
}

TEST_F(CommandLineLetters, ExportWritesLinesThatTrackTakesAgain) {
  const Tree before = TreeOf({directory_ / "store"});
  ASSERT_EQ(Run({"dead-letters", "export"}), 0) << output_;
  ExpectSame(before, TreeOf({directory_ / "store"}));
  EXPECT_TRUE(Said("\"name\":\"door_opened\"") && Said("\"serial\":12345678901234567") &&
              Said("\"who\":\"M\\u00FCller\"") &&
              Said("\"timestamp\":\"2026-02-03T04:05:06.789Z\"") &&
              Said("\"identifier\":{\"email\":\"person@here.example\"}"))
      << output_;
  EXPECT_FALSE(Said("event_id")) << "the agent gives each a new one: " << output_;
  std::ofstream(directory_ / "lines") << output_;
  collector_.SetFaults("{}");
  environment_["EMBEDDABLES_STORE"] = directory_ / "another.db";
  EXPECT_EQ(RunProcess({"sh", "-c",
                        Binary("embeddables-agent") + " track --stdin <" + (directory_ / "lines")},
                       environment_, &output_),
            0)
      << output_;
  const std::vector<ReceivedEvent> received = collector_.Received();
  ASSERT_EQ(received.size(), 2u);
  const ReceivedEvent& door = received[received[0].name == "shop" ? 1 : 0];
  EXPECT_EQ(door.timestamp, "2026-02-03T04:05:06.789Z");
  EXPECT_EQ(door.identifier_value, "\"person@here.example\"");
  EXPECT_NE(door.props.find("\"serial\":12345678901234567"), std::string::npos) << door.props;
  EXPECT_NE(door.props.find("\"payload_metrics\":{\"seconds\":1.5"), std::string::npos)
      << door.props;
  EXPECT_NE(door.props.find("\"big\":\"1\""), std::string::npos) << door.props;
}

TEST_F(CommandLineLetters, OneThatCannotBeReadBackKeepsNoneOfTheOthersBack) {
  OtherProgram(store_).Run("UPDATE dead_letter SET record=x'00' WHERE id=1");
  EXPECT_EQ(Run({"dead-letters", "export"}), 5) << output_;
  EXPECT_TRUE(Said("the request of dead letter 1 cannot be read back")) << output_;
  EXPECT_TRUE(Said("\"name\":\"shop\"")) << output_;
}

TEST_F(CommandLineLetters, VersionTellsHowItWasBuiltAndWithWhat) {
  EXPECT_EQ(Run({"--version"}), 0);
  EXPECT_EQ(output_.substr(0, output_.find('\n')), kVersion) << "for scripts: " << output_;
  EXPECT_TRUE(Said("\nbuilt      the library is ") && Said("sends over libcurl")) << output_;
  EXPECT_TRUE(Said("\nlibcurl    ") && Said(LIBCURL_VERSION)) << output_;
  EXPECT_TRUE(Said("\nSQLite     " + std::string(sqlite3_libversion()))) << output_;
  EXPECT_TRUE(Said("\nRapidJSON  ")) << output_;
}

}  // namespace
}  // namespace embeddables::test
