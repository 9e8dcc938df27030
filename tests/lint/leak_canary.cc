// Valgrind must refuse this program: a block is lost, and a value that was never set decides.
#include <cstdio>
#include <cstdlib>

int main() {
  volatile char* lost = static_cast<char*>(std::malloc(8));
  if (lost[3] == 7) std::puts("seven");
  lost = nullptr;
  return 0;
}
