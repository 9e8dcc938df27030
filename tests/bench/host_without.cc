#include "host_report.h"

int main() {
  UseLibraries();
  Report();
}
