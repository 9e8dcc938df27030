# Fetches the page's plot library, once per build folder: uplot.js with its licence, and uplot.css.
# Where that cannot be, both are empty and the page has no plots; the build says so and goes on.
# cmake -DNPM=... -DWITHOUT=why-not -DFROM=page -DINTO=... -P plots.cmake
set(script "")
set(style "")
if(NOT WITHOUT)
  file(COPY ${FROM}/package.json ${FROM}/package-lock.json DESTINATION ${INTO}/plots)
  execute_process(
    COMMAND ${NPM} ci --prefer-offline --fetch-retries=0 --ignore-scripts --no-audit --no-fund
    WORKING_DIRECTORY ${INTO}/plots TIMEOUT 60
    RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
  set(package ${INTO}/plots/node_modules/uplot)
  if(result STREQUAL 0 AND EXISTS ${package}/dist/uPlot.iife.min.js)
    file(READ ${package}/LICENSE licence)
    file(READ ${package}/dist/uPlot.iife.min.js script)
    file(READ ${package}/dist/uPlot.min.css style)
    set(script "/*!\n${licence}*/\n${script}")
  else()
    file(WRITE ${INTO}/plots/npm.log "${said}")
    set(WITHOUT "npm has no uPlot (${INTO}/plots/npm.log); remove ${INTO}/uplot.js to try again")
  endif()
endif()
if(WITHOUT)
  message(STATUS "The collector's page has no plots: ${WITHOUT}")
endif()
file(WRITE ${INTO}/uplot.js "${script}")
file(WRITE ${INTO}/uplot.css "${style}")
