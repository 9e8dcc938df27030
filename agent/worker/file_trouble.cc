#include "agent/worker/file_trouble.h"

#include <cstddef>
#include <utility>

#include "embeddables/agent.h"

namespace embeddables {

void FileTrouble::Set(const std::string& path, const std::string& trouble, Reporter& reporter) {
  if (trouble.empty()) return told_.clear();
  // The end of a long path says more than its beginning, and the advice more than either.
  constexpr std::size_t kShown = 100;
  const bool longer = path.size() > kShown;
  std::string text =
      (longer ? "..." + path.substr(path.size() - kShown) : path) + what_ + trouble + consequence_;
  if (text == told_) return;
  told_ = std::move(text);
  reporter.Tell(OutcomeKind::kStoreFile, told_);
}

}  // namespace embeddables
