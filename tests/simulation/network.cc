#include "tests/simulation/network.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace embeddables::test {

// One process's end of the network.
class SimNetwork::Line final : public Transport {
 public:
  explicit Line(SimNetwork* network) : network_(network) {}
  ~Line() override { CancelAll(); }

  bool Begin(std::uint64_t tag, const Request& request, bool fresh_connection) override {
    if (!network_->wiretap_->process_alive()) return false;
    ++requests_;
    Exchange exchange = network_->server_->Answer(tag, request, network_->clock_->BootMs());
    exchange.fresh_connection = fresh_connection;
    const auto misdirected = misdirected_.find(exchange.seen.name);
    exchange.again = misdirected != misdirected_.end() && misdirected->second == exchange.begun_at;
    if (exchange.seen.name.empty()) {
      network_->wiretap_->AskedTime(exchange);
    } else {
      network_->wiretap_->Begun(exchange);
    }
    network_->open_[tag] = std::move(exchange);
    return true;
  }

  void TakeCompleted(std::vector<Completion>* completed) override {
    if (!network_->wiretap_->process_alive()) return;
    const std::int64_t now = network_->clock_->BootMs();
    std::vector<Exchange> ended;
    for (auto each = network_->open_.begin(); each != network_->open_.end();) {
      if (each->second.ends_at > now) {
        ++each;
        continue;
      }
      ended.push_back(std::move(each->second));
      each = network_->open_.erase(each);
    }
    std::stable_sort(ended.begin(), ended.end(),
                     [](const Exchange& a, const Exchange& b) { return a.ends_at < b.ends_at; });
    for (Exchange& exchange : ended) {
      if (exchange.seen.name.empty()) {
        network_->wiretap_->ToldTime(exchange.response);
      } else {
        if (exchange.response.status == 421) misdirected_[exchange.seen.name] = now;
        network_->wiretap_->Answered(exchange, network_->ServerHas(exchange));
      }
      completed->push_back({exchange.tag, std::move(exchange.response)});
    }
  }

  bool Wait(std::chrono::milliseconds, const std::vector<Waitable>&) override { return true; }
  void CancelAll() override { network_->AbandonAll(); }
  std::size_t in_flight() const override { return network_->open_.size(); }
  TransportCounters counters() const override { return {requests_, requests_}; }

 private:
  SimNetwork* network_;
  std::uint64_t requests_ = 0;
  std::map<std::string, std::int64_t> misdirected_;  // when the event was answered so
};

std::unique_ptr<Transport> SimNetwork::MakeTransport() { return std::make_unique<Line>(this); }

std::int64_t SimNetwork::NextAt() const {
  std::int64_t next = -1;
  for (const auto& each : open_) {
    if (next < 0 || each.second.ends_at < next) next = each.second.ends_at;
  }
  return next;
}

bool SimNetwork::ServerHas(const Exchange& exchange) const {
  return exchange.takes && exchange.sent_at >= 0 && exchange.sent_at <= clock_->BootMs();
}

void SimNetwork::AbandonAll() {
  for (const auto& each : open_) {
    if (!each.second.seen.name.empty()) wiretap_->Abandoned(each.second, ServerHas(each.second));
  }
  open_.clear();
}

}  // namespace embeddables::test
