copy from database "{database}" to copied
