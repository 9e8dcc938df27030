// The table that users read against the code that decides.

#include <gtest/gtest.h>

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "agent/send/endpoint.h"
#include "agent/send/herald.h"
#include "agent/send/judge.h"
#include "tests/support/fakes.h"
#include "tests/support/process.h"

namespace embeddables {
namespace {

bool Says(const std::string& text, const char* words) {
  return text.find(words) != std::string::npos;
}

std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream row(line.substr(1));
  for (std::string cell; std::getline(row, cell, '|');) {
    const std::size_t first = cell.find_first_not_of(' ');
    const std::size_t last = cell.find_last_not_of(' ');
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
  }
  return cells;
}

// "301, 302, over TLS": 301 and 302.
std::vector<int> Statuses(const std::string& answer) {
  std::vector<int> statuses;
  std::istringstream words(answer);
  for (std::string word; words >> word && isdigit(word[0]) != 0;) {
    statuses.push_back(std::stoi(word));
  }
  return statuses;
}

std::vector<std::string> Bodies(const std::string& answer) {
  if (Says(answer, "with another object or nothing")) return {R"({"ok":true})", ""};
  if (Says(answer, "with anything else")) return {"<html>", "[1]", "ok"};
  if (Says(answer, "without `entry_id`")) return {R"({"ok":true})", "", "<html>"};
  if (Says(answer, "with `entry_id`")) return {R"({"entry_id":"e1"})"};
  if (Says(answer, "`ENTRY_NOT_FOUND`")) {
    return {R"({"error":{"code":"ENTRY_NOT_FOUND","message":"nobody"}})"};
  }
  if (Says(answer, "an error's code and message")) {
    return {R"({"error":{"code":"NO","message":"no"}})"};
  }
  return {"", "no"};
}

struct Row {
  std::string line, verdict, fate, outcome;
  std::vector<Verdict> verdicts;  // what the endpoint makes of the row's answers
};

std::vector<Row> ReadTable() {
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  const Endpoint endpoint(config);
  std::ifstream guide(test::SourceFile("samples/guides/what-happens-when.md"));
  std::vector<Row> rows;
  std::string same;
  for (std::string line; std::getline(guide, line);) {
    if (line.size() < 3 || line[0] != '|' || isdigit(line[2]) == 0) continue;
    const std::vector<std::string> cells = Cells(line);
    EXPECT_EQ(cells.size(), 4u) << line;
    if (cells.size() != 4) continue;
    // "the same" as in the row above, perhaps with more.
    same = cells[2].rfind("the same", 0) == 0 ? same + cells[2] : cells[2];
    Row row{line, cells[1], same, cells[3], {}};
    const bool tls = !Says(cells[0], "over plain http");
    for (const int status : Statuses(cells[0])) {
      for (const std::string& body : Bodies(cells[0])) {
        row.verdicts.push_back(endpoint.Read(test::Http(status, body, tls)));
      }
    }
    rows.push_back(row);
  }
  return rows;
}

TEST(WhatHappensWhen, TheTableIsWhatTheCodeDecides) {
  std::set<std::string> verdicts;
  std::size_t answers = 0;
  for (const Row& row : ReadTable()) {
    verdicts.insert(row.verdict);
    answers += row.verdicts.size();
    for (const Verdict& verdict : row.verdicts) {
      EXPECT_EQ(Name(verdict.kind), row.verdict) << verdict.http_status << ": " << row.line;
    }
  }
  EXPECT_GT(answers, 60u);
  for (const VerdictKind kind :
       {VerdictKind::kDelivered, VerdictKind::kUnconfirmed, VerdictKind::kPortal,
        VerdictKind::kCredentials, VerdictKind::kConfiguration, VerdictKind::kMisdirected,
        VerdictKind::kUnknownUser, VerdictKind::kRejected, VerdictKind::kRetry}) {
    EXPECT_EQ(verdicts.count(Name(kind)), 1u) << Name(kind);
  }
}

TEST(WhatHappensWhen, OtherStatusesCountLikeTheirKin) {
  const Config config;
  const Endpoint endpoint(config);
  std::set<int> named;
  for (const Row& row : ReadTable()) {
    for (const Verdict& verdict : row.verdicts) named.insert(verdict.http_status);
  }
  const int kin[] = {0, 0, 200, 301, 400, 500};
  for (int status = 200; status < 600; ++status) {
    if (named.count(status) != 0) continue;
    for (const bool tls : {true, false}) {
      for (const char* body :
           {"", R"({"entry_id":"e1"})", R"({"error":{"code":"A","message":"b"}})"}) {
        EXPECT_EQ(Name(endpoint.Read(test::Http(status, body, tls)).kind),
                  Name(endpoint.Read(test::Http(kin[status / 100], body, tls)).kind))
            << status << ": " << body;
      }
    }
  }
}

// All that the host can be told, and no word more: in both tables.
TEST(WhatHappensWhen, TheGuideNamesEachOutcomeAndEachReasonToWait) {
  std::set<std::string> names;
  for (int i = 0; Name(static_cast<OutcomeKind>(i)) != std::string("unknown"); ++i) {
    names.insert(Name(static_cast<OutcomeKind>(i)));
  }
  for (int i = 1; Name(static_cast<WaitingFor>(i)) != std::string("unknown"); ++i) {
    names.insert(Name(static_cast<WaitingFor>(i)));
  }
  EXPECT_GT(names.size(), 15u);
  std::ifstream guide(test::SourceFile("samples/guides/what-happens-when.md"));
  std::ostringstream text;
  text << guide.rdbuf();
  for (const std::string& name : names) {
    EXPECT_TRUE(Says(text.str(), ("`" + name + "`").c_str())) << name;
  }
  std::istringstream lines(text.str());
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] != '|') continue;
    std::istringstream pieces(Cells(line).back());
    bool quoted = false;
    for (std::string piece; std::getline(pieces, piece, '`'); quoted = !quoted) {
      const bool word = piece.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
      if (quoted && word) {
        EXPECT_EQ(names.count(piece), 1u) << piece << ": " << line;
      }
    }
  }
}

// What the first such answer does to an event, in the table's words.
const char* Fate(const Decision& decision) {
  if (decision.send_again) return "it is sent once more";
  switch (decision.settle) {
    case Settlement::Kind::kDelivered:
      return "it is done";
    case Settlement::Kind::kRejected:
      return "it is a dead letter";
    case Settlement::Kind::kRetry:
      return decision.delay == Delay::kLongest ? "it is tried again after `backoff_max`"
                                               : "it is tried again, each time after longer";
    case Settlement::Kind::kUnknownUser:
      return "the events of this person wait";
    case Settlement::Kind::kUntouched:
      return decision.key == KeyNews::kPauses ? "all events wait: key, project or URL is wrong"
                                              : "it waits, and the attempt does not count";
    case Settlement::Kind::kDamaged:
      break;
  }
  return "nothing that the table knows";
}

std::string Told(const Decision& decision) {
  if (decision.outcome) return Name(*decision.outcome);
  if (decision.key == KeyNews::kPauses) return Name(Herald::OutcomeOf(Cause::kCredentials));
  return decision.cause ? Name(Herald::OutcomeOf(*decision.cause)) : "";
}

bool BuriesAfter(const Verdict& verdict, std::uint32_t strikes) {
  History history;
  history.strikes = strikes;
  return Judge(verdict, history).settle == Settlement::Kind::kRejected;
}

TEST(WhatHappensWhen, EventsEndAsTheJudgeDecides) {
  for (const Row& row : ReadTable()) {
    for (const Verdict& verdict : row.verdicts) {
      const Decision decision = Judge(verdict, History());
      EXPECT_EQ(row.fate.rfind(Fate(decision), 0), 0u) << Fate(decision) << ": " << row.line;
      const std::string told = Told(decision);
      EXPECT_EQ(row.outcome.rfind(told.empty() ? "" : "`" + told + "`", 0), 0u) << row.line;
      EXPECT_EQ(told.empty(), row.outcome.empty()) << row.line;
      EXPECT_EQ(decision.window == WindowNews::kShrinks, Says(row.fate, "fewer go at once"))
          << row.line;
    }
  }
}

TEST(WhatHappensWhen, EventsAreGivenUpWhenTheTableSaysSo) {
  for (const Row& row : ReadTable()) {
    const bool third = Says(row.fate, "the third such answer makes it a dead letter");
    const bool tenth = Says(row.fate, "Ten such answers while other events pass make it a dead");
    const bool at_once = Says(row.fate, "it is a dead letter");
    for (const Verdict& verdict : row.verdicts) {
      EXPECT_EQ(BuriesAfter(verdict, 1), at_once) << row.line;
      EXPECT_EQ(BuriesAfter(verdict, 2), at_once || third) << row.line;
      EXPECT_EQ(BuriesAfter(verdict, 8), at_once || third) << row.line;
      EXPECT_EQ(BuriesAfter(verdict, 9), at_once || third || tenth) << row.line;
      History twentieth;
      twentieth.sent_again = true;
      twentieth.rejected_in_a_row = 19;
      EXPECT_EQ(Judge(verdict, twentieth).key == KeyNews::kPauses,
                Says(row.fate, "all events wait") || Says(row.fate, "then as with 401"))
          << row.line;
    }
  }
}

}  // namespace
}  // namespace embeddables
