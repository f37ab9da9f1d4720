"""What a run found, in the forms of other programs: Excel, DICOM."""
