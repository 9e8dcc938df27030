# Makes a C++ source of the page's files: cmake -DFOLDER=... -DFILES=a;b -DOUTPUT=... -P embed.cmake
set(text "#include \"samples/collector/page.h\"\n\nnamespace collector {\n\nconst PageFile kPageFiles[] = {\n")
foreach(name IN LISTS FILES)
  file(READ ${FOLDER}/${name} content)
  string(APPEND text "    {\"${name}\", R\"PAGE-FILE(${content})PAGE-FILE\"},\n")
endforeach()
list(LENGTH FILES count)
string(APPEND text "};\nconst int kPageFileCount = ${count};\n\n}  // namespace collector\n")
file(WRITE ${OUTPUT} "${text}")
