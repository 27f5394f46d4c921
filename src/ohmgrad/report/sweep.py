from pathlib import Path
def write_sweep_report(store, folder): return Path(folder)/"report.html"
