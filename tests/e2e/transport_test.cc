// The transport over real libcurl: what it leaves open, and requests that differ from the last.

#include "agent/transport.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/collector.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

std::size_t OpenDescriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

class CurlTransportTest : public testing::Test {
 protected:
  void SetUp() override {
    open_without_it_ = OpenDescriptors();
    Status status;
    transport_ = MakeCurlTransport(config_, &status);
    ASSERT_NE(transport_, nullptr) << status.message();
  }

  Request Post(const std::string& body) {
    Request request;
    request.url = collector_.url() + "/projects/pr_x/events";
    request.headers = {"Content-Type: application/json", "X-Api-Key: rk_x"};
    request.body = body;
    return request;
  }

  Response Send(const Request& request) {
    EXPECT_TRUE(transport_->Begin(++tag_, request, false));
    transport_->Push();
    std::vector<Completion> completed;
    while (completed.empty()) {
      transport_->Wait(std::chrono::seconds(10), {});
      transport_->TakeCompleted(&completed);
    }
    EXPECT_EQ(completed[0].tag, tag_);
    return completed[0].response;
  }

  Collector collector_;
  Config config_;
  std::size_t open_without_it_ = 0;
  std::unique_ptr<Transport> transport_;
  std::uint64_t tag_ = 0;
};

TEST_F(CurlTransportTest, NothingIsOpenBeforeTheFirstRequestAndAfterRenew) {
  EXPECT_FALSE(transport_->Wait(std::chrono::milliseconds(1), {}));
  EXPECT_EQ(OpenDescriptors(), open_without_it_);
  EXPECT_GT(Send(Post("{}")).status, 0);
  EXPECT_GT(OpenDescriptors(), open_without_it_) << "the connection is kept for the next";
  transport_->Renew();
  EXPECT_EQ(OpenDescriptors(), open_without_it_);
  EXPECT_GT(Send(Post("{}")).status, 0) << "and made anew";
}

TEST_F(CurlTransportTest, ATransferThatIsUsedAgainSendsWhatIsNew) {
  const std::string good =
      R"({"embeddable_id":"flow_x","timestamp":"2026-01-31T23:59:59.999Z",)"
      R"("custom_event_name":"an_event",)"
      R"("custom_event_props":"{\"event_id\":\"0190163d-8694-739b-aea5-966c26f8ad91\"}",)"
      R"("identifiers":[{"key":"email","value":"\"a@b.c\""}]})";
  Request request = Post(good);
  EXPECT_EQ(Send(request).status, 200);
  request.body = "{}";
  EXPECT_EQ(Send(request).status, 400) << "another body";
  request.body = good;
  request.headers.pop_back();
  EXPECT_EQ(Send(request).status, 401) << "other headers";
  request = Post(good);
  request.head = true;
  Send(request);
  request.head = false;
  EXPECT_EQ(Send(request).status, 200) << "a POST again after a HEAD";
  request.url = collector_.url() + "/elsewhere";
  EXPECT_EQ(Send(request).status, 404) << "another URL";
  EXPECT_EQ(transport_->counters().connections, 1u);
}

}  // namespace
}  // namespace embeddables::test
