// Writes the manual pages and the completions of the programs, from their own options:
// `make_pages FOLDER VERSION DATE`. The build runs it.

#include <cstdio>
#include <string>

#include "samples/pages/program.h"

namespace {

bool Write(const std::string& name, const std::string& text) {
  std::FILE* file = std::fopen(name.c_str(), "w");
  if (file == nullptr) return false;
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && written;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string folder = argv[1];
  for (const pages::Program& program : {pages::AgentProgram(), pages::CollectorProgram()}) {
    const std::string path = folder + "/" + program.name;
    if (!Write(path + ".1", pages::Manual(program, argv[2], argv[3])) ||
        !Write(path + ".bash", pages::BashCompletion(program)) ||
        !Write(folder + "/_" + program.name, pages::ZshCompletion(program)) ||
        !Write(path + ".fish", pages::FishCompletion(program))) {
      std::perror(path.c_str());
      return 1;
    }
  }
  return 0;
}
