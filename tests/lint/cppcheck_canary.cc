// cppcheck must refuse this file: nullPointer.
int Canary() {
  int* nothing = nullptr;
  return *nothing;
}
