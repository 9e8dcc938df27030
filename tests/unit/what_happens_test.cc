// The table that users read against the code that decides.

#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "agent/send/endpoint.h"
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

TEST(WhatHappensWhen, TheTableIsWhatTheCodeDecides) {
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  const Endpoint endpoint(config);
  std::ifstream guide(test::SourceFile("samples/guides/what-happens-when.md"));
  std::set<std::string> verdicts;
  int answers = 0;
  for (std::string line; std::getline(guide, line);) {
    if (line.size() < 3 || line[0] != '|' || isdigit(line[2]) == 0) continue;
    const std::vector<std::string> cells = Cells(line);
    ASSERT_EQ(cells.size(), 4u) << line;
    verdicts.insert(cells[1]);
    for (const int status : Statuses(cells[0])) {
      for (const std::string& body : Bodies(cells[0])) {
        const bool tls = !Says(cells[0], "over plain http");
        const Verdict verdict = endpoint.Read(test::Http(status, body, tls));
        EXPECT_EQ(Name(verdict.kind), cells[1]) << status << " " << body << ": " << line;
        ++answers;
      }
    }
  }
  EXPECT_GT(answers, 60);
  for (const VerdictKind kind :
       {VerdictKind::kDelivered, VerdictKind::kUnconfirmed, VerdictKind::kPortal,
        VerdictKind::kCredentials, VerdictKind::kConfiguration, VerdictKind::kMisdirected,
        VerdictKind::kUnknownUser, VerdictKind::kRejected, VerdictKind::kRetry}) {
    EXPECT_EQ(verdicts.count(Name(kind)), 1u) << Name(kind);
  }
}

}  // namespace
}  // namespace embeddables
