// Verdicts on answers whose end never came.

#include <gtest/gtest.h>

#include <string>

#include "agent/send/endpoint.h"
#include "tests/support/fakes.h"

namespace embeddables {
namespace {

using test::Failed;
using test::Http;

Verdict Read(const Response& response) { return Endpoint(Config()).Read(response); }

TEST(VerdictUnfinished, AnAnswerThatBreaksOffCountsAgainstItsEvent) {
  Response broken = Failed(NetworkError::kBroken);
  broken.status = 200;
  EXPECT_EQ(Read(broken).kind, VerdictKind::kRetry);
}

TEST(VerdictUnfinished, AnErrorCountsAlthoughItsEndIsMissing) {
  const std::string nobody = R"({"error":{"code":"ENTRY_NOT_FOUND","message":"nobody"}})";
  const struct {
    int status;
    std::string body;
    VerdictKind kind;
  } cases[] = {
      {401, "", VerdictKind::kCredentials},
      {413, "too lar", VerdictKind::kRejected},
      {407, "", VerdictKind::kPortal},
      {429, "", VerdictKind::kRetry},
      {403, nobody, VerdictKind::kCredentials},
      {404, nobody, VerdictKind::kUnknownUser},
      {403, "{\"error\":{", VerdictKind::kRetry},
      {404, "", VerdictKind::kRetry},
      {500, "", VerdictKind::kRetry},
      {503, "", VerdictKind::kRetry},
      {511, "", VerdictKind::kPortal},
  };
  for (const auto& each : cases) {
    for (const NetworkError error : {NetworkError::kBroken, NetworkError::kTimeout}) {
      Response broken = Http(each.status, each.body);
      broken.error = error;
      broken.error_text = "it broke";
      broken.connected = true;
      broken.retry_after = "7";
      const Verdict verdict = Read(broken);
      const bool asks = each.status == 429 || each.status == 503;
      EXPECT_EQ(verdict.kind, each.kind) << each.status << each.body;
      EXPECT_EQ(verdict.http_status, each.status);
      EXPECT_EQ(verdict.retry_after.count(), asks ? 7'000 : -1);
      EXPECT_EQ(verdict.throttled, asks || error == NetworkError::kTimeout) << each.status;
      const bool told = each.body != nobody;
      EXPECT_EQ(verdict.message.find("it broke") != std::string::npos, told) << verdict.message;
    }
  }
}

TEST(VerdictUnfinished, OnlyAnAnswerThatBreaksOffByItselfIsHalfAnAnswer) {
  Response broken = Http(200, "{\"entry");
  broken.connected = true;
  broken.error = NetworkError::kBroken;
  EXPECT_EQ(Read(broken).sign, ConnectionSign::kHalf);
  broken.error = NetworkError::kTimeout;
  EXPECT_EQ(Read(broken).sign, ConnectionSign::kBad) << "the connection may be dead";
  broken.error = NetworkError::kBroken;
  broken.status = 0;
  EXPECT_EQ(Read(broken).sign, ConnectionSign::kBad);
}

TEST(VerdictUnfinished, AServerThatAsksForRestKeepsItsConnectionThoughItsAnswerBreaks) {
  for (const int status : {401, 429, 500, 503}) {
    for (const char* retry_after : {"", "7"}) {
      Response broken = Http(status);
      broken.error = NetworkError::kTimeout;
      broken.connected = true;
      broken.retry_after = retry_after;
      const bool asks = status == 429 || (status >= 500 && *retry_after != '\0');
      EXPECT_EQ(Read(broken).sign, asks ? ConnectionSign::kGood : ConnectionSign::kBad) << status;
    }
  }
}

TEST(VerdictUnfinished, AnInterimAnswerIsNone) {
  Response response = Failed(NetworkError::kTimeout);
  response.status = 103;
  EXPECT_EQ(Read(response).kind, VerdictKind::kNetwork);
  EXPECT_EQ(Read(response).http_status, 0);
}

}  // namespace
}  // namespace embeddables
